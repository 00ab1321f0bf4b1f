using System.Globalization;
using System.Text;
using System.Text.Json;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Audit;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Shared;

namespace ControlPanel.Features.Activity;

/// <summary>The audit log as a file, streamed. Over plain HTTP, because a circuit is no place for a million lines.</summary>
internal static class ActivityExport
{
    private static readonly string[] s_columns =
    [
        "sequence",
        "time",
        "who",
        "door",
        "action",
        "target_kind",
        "target_id",
        "target_name",
        "result",
        "details",
        "address",
        "request_id",
        "group_id",
    ];

    public static void MapActivityExport(this IEndpointRouteBuilder app)
    {
        app.MapGet("/activity/export.csv", (HttpContext http) => ExportAsync(http, isCsv: true)).RequireAuthorization();
        app.MapGet("/activity/export.json", (HttpContext http) => ExportAsync(http, isCsv: false))
            .RequireAuthorization();
    }

    /// <summary>A value as a CSV cell. A spreadsheet takes a leading =, +, - or @ for a formula: such a cell gets an apostrophe.</summary>
    public static string Cell(string value)
    {
        var safe = value.Length > 0 && value[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? "'" + value : value;
        return safe.AsSpan().IndexOfAny("\",\r\n") < 0
            ? safe
            : $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static async Task ExportAsync(HttpContext http, bool isCsv)
    {
        var services = http.RequestServices;
        if (SignedIn.From(http.User) is not { } signedIn)
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        var actor = new Actor(signedIn.UserId, Guid.Empty, Door.Panel)
        {
            SessionId = signedIn.SessionId,
            Address = signedIn.Address,
            RequestId = http.TraceIdentifier,
        };
        var standing = await services.GetRequiredService<GetMyStanding>().ExecuteAsync(actor, http.RequestAborted);
        actor = actor with { TeamId = standing.Value?.Current?.TeamId ?? Guid.Empty };

        var started = false;
        var body = http.Response.BodyWriter.AsStream();
        await using var text = new StreamWriter(
            body,
            new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            1 << 15
        );
        var outcome = await services
            .GetRequiredService<ExportAuditEntries>()
            .ExecuteAsync(
                actor,
                Filter(http),
                async row =>
                {
                    // The headers wait for the first row: until then a refusal can still be one.
                    if (!started)
                    {
                        await BeginAsync(http, text, isCsv);
                    }
                    else if (!isCsv)
                    {
                        await text.WriteAsync(",\n");
                    }

                    started = true;
                    await text.WriteAsync(isCsv ? Line(row) : JsonSerializer.Serialize(row, s_json));
                },
                http.RequestAborted
            );
        if (!outcome.IsDone)
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            await text.WriteAsync(Refusals.Say(outcome.Refusal));
            return;
        }

        if (!started)
        {
            await BeginAsync(http, text, isCsv);
        }

        if (!isCsv)
        {
            await text.WriteAsync("\n]\n");
        }
    }

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    private static Task BeginAsync(HttpContext http, StreamWriter text, bool isCsv)
    {
        http.Response.ContentType = isCsv ? "text/csv; charset=utf-8" : "application/json";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"activity.{(isCsv ? "csv" : "json")}\"";
        return text.WriteAsync(isCsv ? string.Join(',', s_columns) + "\r\n" : "[\n");
    }

    private static string Line(AuditRow row) =>
        string.Join(
            ',',
            new[]
            {
                row.Sequence.ToString(CultureInfo.InvariantCulture),
                row.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
                row.Actor,
                row.Door,
                row.Action,
                row.TargetKind,
                row.TargetId,
                row.TargetName,
                row.Result,
                row.Details,
                row.Address,
                row.RequestId,
                row.GroupId.ToString(),
            }.Select(Cell)
        ) + "\r\n";

    private static AuditFilter Filter(HttpContext http)
    {
        var query = http.Request.Query;
        return new AuditFilter
        {
            Actor = query["who"],
            Action = query["action"],
            Target = query["target"],
            Result = query["result"],
            From =
                int.TryParse(query["days"], CultureInfo.InvariantCulture, out var days) && days is > 0 and < 36_500
                    ? http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow().AddDays(-days)
                    : null,
        };
    }
}
