using System.Text.Json;

namespace ControlPanel.Tests.Unit.Api;

/// <summary>Whether a value is what a schema of the document says: as much of JSON Schema as the document uses.</summary>
internal static class JsonShape
{
    public static void AssertFits(JsonElement document, JsonElement schema, JsonElement value, string where)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            var target = document;
            foreach (var part in reference.GetString()!.Split('/').Skip(1))
            {
                target = target.GetProperty(part);
            }

            AssertFits(document, target, value, where);
            return;
        }

        if (schema.TryGetProperty("allOf", out var all))
        {
            foreach (var one in all.EnumerateArray())
            {
                AssertFits(document, one, value, where);
            }
        }

        if (schema.TryGetProperty("type", out var type))
        {
            var types =
                type.ValueKind == JsonValueKind.Array
                    ? type.EnumerateArray().Select(t => t.GetString()).ToList()
                    : [type.GetString()];
            Assert.True(
                types.Any(t => Is(t, value)),
                $"{where} is {value.ValueKind}, not {string.Join(" or ", types)}."
            );
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var name in Names(schema, "required"))
            {
                Assert.True(value.TryGetProperty(name, out _), $"{where} lacks {name}.");
            }

            if (schema.TryGetProperty("properties", out var properties))
            {
                foreach (var member in value.EnumerateObject())
                {
                    Assert.True(properties.TryGetProperty(member.Name, out var its), $"{where} has {member.Name}.");
                    AssertFits(document, its, member.Value, $"{where} {member.Name}");
                }
            }
        }

        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
        {
            foreach (var item in value.EnumerateArray())
            {
                AssertFits(document, items, item, $"{where}[]");
            }
        }
    }

    private static IEnumerable<string> Names(JsonElement schema, string list) =>
        schema.TryGetProperty(list, out var names) ? names.EnumerateArray().Select(n => n.GetString()!) : [];

    private static bool Is(string? type, JsonElement value) =>
        type switch
        {
            "null" => value.ValueKind == JsonValueKind.Null,
            "string" => value.ValueKind == JsonValueKind.String,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            "number" => value.ValueKind == JsonValueKind.Number,
            "array" => value.ValueKind == JsonValueKind.Array,
            "object" => value.ValueKind == JsonValueKind.Object,
            _ => false,
        };
}
