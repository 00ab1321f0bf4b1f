using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlPanel.Demo.Models;

/// <summary>
/// Files and batches of the demo model server, of both families: OpenAI's (<c>/v1/files</c> and <c>input_file_id</c>)
/// and the real service's (<c>/v1/batches/files</c>, an upload address, <c>file_id</c>). A batch is done at once.
/// </summary>
internal sealed class DemoBatches(Func<string> newId, TimeProvider clock)
{
    private const int MaxFiles = 100;
    private const int MaxBatches = 200;
    private const int MaxLines = 1_000;

    private readonly ConcurrentDictionary<string, StoredFile> _files = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _tickets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, JsonObject> _batches = new(StringComparer.Ordinal);

    private sealed record StoredFile(string Id, string Name, string Purpose, long CreatedAt, string? Content);

    /// <summary>Answers what lies below <c>/v1/files</c> and <c>/v1/batches</c>.</summary>
    public Task AnswerAsync(HttpContext context, string[] path, Uri self) =>
        (context.Request.Method, path) switch
        {
            ("POST", ["files"]) => UploadAsync(context),
            ("GET", ["files"]) => DemoAnswers.ListAsync(context, _files.Values.Select(FileInfo)),
            ("GET", ["files", var id]) when _files.TryGetValue(id, out var file) => DemoAnswers.WriteAsync(
                context,
                200,
                FileInfo(file)
            ),
            ("GET", ["files", var id, "content"]) when _files.TryGetValue(id, out var file) => ContentAsync(
                context,
                file
            ),
            ("DELETE", ["files", var id]) when _files.TryRemove(id, out _) => DemoAnswers.WriteAsync(
                context,
                200,
                new JsonObject
                {
                    ["id"] = id,
                    ["object"] = "file",
                    ["deleted"] = true,
                }
            ),
            ("POST", ["batches", "files"]) => TicketAsync(context, self),
            ("POST", ["batches"]) => CreateAsync(context),
            ("GET", ["batches"]) => DemoAnswers.ListAsync(
                context,
                _batches.Values.Select(b => b.DeepClone().AsObject())
            ),
            ("GET", ["batches", var id]) when _batches.TryGetValue(id, out var batch) => DemoAnswers.WriteAsync(
                context,
                200,
                batch
            ),
            ("GET", ["batches", var id, "results"])
                when _batches.TryGetValue(id, out var batch)
                    && _files.TryGetValue((string)batch["output_file_id"]!, out var file) => ContentAsync(
                context,
                file
            ),
            ("POST", ["batches", var id, "cancel"]) when _batches.ContainsKey(id) => DemoAnswers.ErrorAsync(
                context,
                409,
                "batch_completed",
                "The batch is done already."
            ),
            _ => DemoAnswers.ErrorAsync(context, 404, "not_found", "The demo server does not have this."),
        };

    /// <summary>Takes the bytes for an upload address; it works once.</summary>
    public bool TryFill(string ticket, string content)
    {
        if (!_tickets.TryRemove(ticket, out var id) || !_files.TryGetValue(id, out var file))
        {
            return false;
        }

        _files[id] = file with { Content = content };
        return true;
    }

    private async Task UploadAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (form.Files.GetFile("file") is not { } upload)
        {
            await DemoAnswers.ErrorAsync(context, 400, "missing_file", "The form has no file.");
            return;
        }

        using var reader = new StreamReader(upload.OpenReadStream());
        var file = Keep(
            upload.FileName,
            form["purpose"].ToString(),
            await reader.ReadToEndAsync(context.RequestAborted)
        );
        await DemoAnswers.WriteAsync(context, 200, FileInfo(file));
    }

    private async Task TicketAsync(HttpContext context, Uri self)
    {
        var body = await ReadAsync(context);
        var file = Keep((string?)body["file_name"] ?? "batch.jsonl", "batch", content: null);
        var ticket = newId();
        _tickets[ticket] = file.Id;
        await DemoAnswers.WriteAsync(
            context,
            201,
            new JsonObject
            {
                ["file_id"] = file.Id,
                ["upload_url"] = new Uri(self, $"/uploads/{ticket}").ToString(),
                ["expires_at"] = clock.GetUtcNow().AddMinutes(15).ToString("O"),
            }
        );
    }

    private async Task CreateAsync(HttpContext context)
    {
        var body = await ReadAsync(context);
        var input = (string?)(body["input_file_id"] ?? body["file_id"]);
        if (input is null || !_files.TryGetValue(input, out var file) || file.Content is null)
        {
            await DemoAnswers.ErrorAsync(context, 404, "file_not_found", "There is no such file with content.");
            return;
        }

        var lines = file
            .Content.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Take(MaxLines)
            .Select(Run)
            .ToList();
        var output = Keep(
            "results.jsonl",
            "batch_output",
            string.Join('\n', lines.Select(l => l.ToJsonString())) + "\n"
        );
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var batch = new JsonObject
        {
            ["id"] = "batch_" + newId(),
            ["object"] = "batch",
            ["endpoint"] = (string?)body["endpoint"] ?? "/v1/messages",
            ["completion_window"] = (string?)body["completion_window"] ?? "24h",
            ["input_file_id"] = file.Id,
            ["output_file_id"] = output.Id,
            ["status"] = "completed",
            ["created_at"] = now,
            ["completed_at"] = now,
            ["request_counts"] = new JsonObject
            {
                ["total"] = lines.Count,
                ["completed"] = lines.Count(l => l["error"] is null),
                ["failed"] = lines.Count(l => l["error"] is not null),
            },
        };
        if (_batches.Count >= MaxBatches)
        {
            _batches.Clear();
        }

        _batches[(string)batch["id"]!] = batch;
        await DemoAnswers.WriteAsync(context, body["file_id"] is null ? 200 : 201, batch);
    }

    private JsonObject Run(string line)
    {
        var request = JsonNode.Parse(line) as JsonObject ?? throw new JsonException();
        var body = (request["body"] ?? request["params"]) as JsonObject;
        var answer = new JsonObject { ["id"] = "batch_req_" + newId(), ["custom_id"] = (string?)request["custom_id"] };
        if (DemoCatalog.Find((string?)body?["model"]) is not { BatchCapable: true } model)
        {
            answer["response"] = null;
            answer["error"] = new JsonObject
            {
                ["code"] = "model_not_found",
                ["message"] = "The demo server has no such model for batches.",
            };
            return answer;
        }

        var prompt = DemoScript.LastPrompt(body!["messages"] ?? body["input"]);
        answer["error"] = null;
        answer["response"] = new JsonObject
        {
            ["status_code"] = 200,
            ["body"] = DemoAnswers.Chat(
                "chatcmpl-" + newId(),
                model.Id,
                clock.GetUtcNow().ToUnixTimeSeconds(),
                prompt,
                string.Concat(DemoScript.Answer(model, prompt).Pieces)
            ),
        };
        return answer;
    }

    private StoredFile Keep(string name, string purpose, string? content)
    {
        if (_files.Count >= MaxFiles)
        {
            _files.Clear();
            _tickets.Clear();
        }

        var file = new StoredFile("file-" + newId(), name, purpose, clock.GetUtcNow().ToUnixTimeSeconds(), content);
        _files[file.Id] = file;
        return file;
    }

    private static Task ContentAsync(HttpContext context, StoredFile file)
    {
        context.Response.ContentType = "application/jsonl";
        return context.Response.WriteAsync(file.Content ?? "", context.RequestAborted);
    }

    private static async Task<JsonObject> ReadAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        return JsonNode.Parse(await reader.ReadToEndAsync(context.RequestAborted)) as JsonObject
            ?? throw new JsonException();
    }

    private static JsonObject FileInfo(StoredFile file) =>
        new()
        {
            ["id"] = file.Id,
            ["object"] = "file",
            ["bytes"] = file.Content is null ? 0 : Encoding.UTF8.GetByteCount(file.Content),
            ["created_at"] = file.CreatedAt,
            ["filename"] = file.Name,
            ["purpose"] = file.Purpose,
            ["status"] = file.Content is null ? "uploaded" : "processed",
        };
}
