using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ControlPanel.Hosting;
using ControlPanel.Shared;
using Microsoft.OpenApi;

namespace ControlPanel.Api.Reference;

/// <summary>Reads the OpenAPI document as people do: flat, in words, with a line to copy.</summary>
internal sealed partial class ApiReference(ApiDocument document, ListenAddresses addresses) : IApiReference
{
    private const string Json = "application/json";

    public async Task<IReadOnlyList<ReferenceGroup>> GetAsync()
    {
        var api = await document.GetAsync();
        return
        [
            .. api
                .Paths.SelectMany(p =>
                    p.Value.Operations!.Select(o => (Path: p.Key, Method: o.Key.Method, Operation: o.Value))
                )
                .GroupBy(e => e.Operation.Tags!.First().Name!, StringComparer.Ordinal)
                .Select(g => new ReferenceGroup(
                    g.Key,
                    JsonNamingPolicy.KebabCaseLower.ConvertName(g.Key),
                    [.. g.Select(e => ToEndpoint(e.Method, e.Path, e.Operation))]
                )),
        ];
    }

    private ReferenceEndpoint ToEndpoint(string method, string path, OpenApiOperation operation)
    {
        var body = operation.RequestBody?.Content?[Json];
        var (status, answer) = operation.Responses!.First();
        return new ReferenceEndpoint(
            operation.OperationId!,
            method,
            path,
            operation.Summary!,
            operation.Description ?? "",
            [.. operation.Security!.SelectMany(s => s.Values).SelectMany(s => s)],
            [
                .. (operation.Parameters ?? []).Select(p => new ReferenceField(
                    p.Name!,
                    TypeOf(p.Schema!),
                    p.Required,
                    Describe(p)
                )),
            ],
            body?.Schema is { } schema ? FieldsOf(schema) : [],
            status,
            answer.Content?[Json].Schema is { } answered ? FieldsOf(answered) : [],
            Curl(method, path, body?.Example?.ToJsonString(s_readable))
        );
    }

    // Names and lists are for reading here, not for a page's markup.
    private static readonly JsonSerializerOptions s_readable = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private string Curl(string method, string path, string? body)
    {
        var line = new StringBuilder("curl ");
        if (method != "GET")
        {
            line.Append("-X ").Append(method).Append(' ');
        }

        line.Append("-H \"Authorization: Bearer $TOKEN\" ");
        if (body is not null)
        {
            line.Append("-H \"Content-Type: application/json\" -d '").Append(body).Append("' ");
        }

        return line.Append('"')
            .Append(addresses.Panel)
            .Append(
                Parameter()
                    .Replace(path, m => "$" + JsonNamingPolicy.SnakeCaseUpper.ConvertName(m.Groups["name"].Value))
            )
            .Append('"')
            .ToString();
    }

    private static List<ReferenceField> FieldsOf(IOpenApiSchema schema)
    {
        var fields = new List<ReferenceField>();
        var needed = schema
            .AllOf?.SelectMany(s => s.Required ?? Enumerable.Empty<string>())
            .ToHashSet(StringComparer.Ordinal);
        var shape = schema.AllOf is { Count: > 0 } all ? all[0] : schema;
        Collect(shape, "", needed ?? shape.Required, fields);
        return fields;
    }

    private static void Collect(IOpenApiSchema schema, string prefix, ISet<string>? needed, List<ReferenceField> fields)
    {
        foreach (
            var (name, member) in schema.Properties ?? new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        )
        {
            var type = TypeOf(member);
            fields.Add(
                new ReferenceField(prefix + name, type, needed?.Contains(name) == true, member.Description ?? "")
            );
            Collect(member, $"{prefix}{name}.", member.Required, fields);
            if (member.Items is { } item)
            {
                Collect(item, $"{prefix}{name}[].", item.Required, fields);
            }
        }
    }

    private static string TypeOf(IOpenApiSchema schema)
    {
        var type = (schema.Type ?? JsonSchemaType.Null) & ~JsonSchemaType.Null;
        return (type, schema.Format) switch
        {
            (JsonSchemaType.String, "date-time") => "time",
            (JsonSchemaType.String, "uuid") => "uuid",
            (JsonSchemaType.String, _) => "text",
            (JsonSchemaType.Boolean, _) => "true or false",
            (JsonSchemaType.Array, _) => $"list of {(schema.Items is { } item ? TypeOf(item) : "values")}",
            (JsonSchemaType.Object, _) => "object",
            var (t, _) when t.HasFlag(JsonSchemaType.Integer) || t.HasFlag(JsonSchemaType.Number) => "number",
            _ => "any",
        };
    }

    private static string Describe(IOpenApiParameter parameter) =>
        parameter.Schema?.Enum is { Count: > 0 } values
            ? $"{parameter.Description} One of {string.Join(", ", values.Select(v => v.GetValue<string>()))}."
            : parameter.Description ?? (parameter.In == ParameterLocation.Path ? "In the path." : "");

    [GeneratedRegex(@"\{(?<name>[A-Za-z]+)\}", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Parameter();
}
