using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ControlPanel.Verification.SigV4;

/// <summary>One condition of a policy document. Closed.</summary>
internal abstract record PostCondition
{
    private PostCondition() { }

    /// <summary>The field has exactly this value.</summary>
    public sealed record Equal(string Field, string Value) : PostCondition;

    /// <summary>The field's value begins like this; an empty start allows any value.</summary>
    public sealed record StartsWith(string Field, string Value) : PostCondition;

    /// <summary>The file has from <paramref name="Min"/> to <paramref name="Max"/> bytes.</summary>
    public sealed record LengthRange(long Min, long Max) : PostCondition;
}

/// <summary>The policy document of a form: until when, and under which conditions.</summary>
internal sealed record PostPolicy(DateTimeOffset Expiration, IReadOnlyList<PostCondition> Conditions)
{
    /// <summary>The longest policy that is read, in base64 characters.</summary>
    public const int MaxLength = 32 * 1024;

    private const int MaxConditions = 200;

    private static readonly string[] s_times =
    [
        "yyyy-MM-dd'T'HH:mm:ss'Z'",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'",
        "yyyy-MM-dd'T'HH:mm:sszzz",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz",
    ];

    /// <summary>Reads a policy as sent. <see langword="null"/> when it cannot be read with certainty.</summary>
    public static PostPolicy? TryRead(string base64)
    {
        if (base64.Length > MaxLength || !Base64.IsValid(base64))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(
                Convert.FromBase64String(base64),
                new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 4 }
            );
            return Read(document.RootElement);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // The second is what the reader throws for text that is no Unicode (a lone surrogate, broken UTF-8).
            return null;
        }
    }

    private static PostPolicy? Read(JsonElement root)
    {
        if (
            root.ValueKind is not JsonValueKind.Object
            || root.GetPropertyCount() != 2
            || !root.TryGetProperty("expiration", out var expiration)
            || expiration.ValueKind is not JsonValueKind.String
            || !DateTimeOffset.TryParseExact(
                expiration.GetString(),
                s_times,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var until
            )
            || !root.TryGetProperty("conditions", out var conditions)
            || conditions.ValueKind is not JsonValueKind.Array
            || conditions.GetArrayLength() > MaxConditions
        )
        {
            return null;
        }

        List<PostCondition> read = [];
        foreach (var element in conditions.EnumerateArray())
        {
            if (!TryReadCondition(element, read))
            {
                return null;
            }
        }

        return new PostPolicy(until, read);
    }

    private static bool TryReadCondition(JsonElement element, List<PostCondition> conditions)
    {
        if (element.ValueKind is JsonValueKind.Object)
        {
            foreach (var property in element.EnumerateObject())
            {
                if (property.Value.ValueKind is not JsonValueKind.String)
                {
                    return false;
                }

                conditions.Add(new PostCondition.Equal(property.Name, property.Value.GetString()!));
            }

            return element.GetPropertyCount() > 0;
        }

        if (
            element.ValueKind is not JsonValueKind.Array
            || element.GetArrayLength() != 3
            || element[0].ValueKind is not JsonValueKind.String
        )
        {
            return false;
        }

        var kind = element[0].GetString()!.ToLowerInvariant();
        return kind switch
        {
            "content-length-range" => TryReadRange(element, conditions),
            "eq" or "starts-with" => TryReadMatch(kind, element, conditions),
            _ => false,
        };
    }

    private static bool TryReadMatch(string kind, JsonElement element, List<PostCondition> conditions)
    {
        if (
            element[1].ValueKind is not JsonValueKind.String
            || element[2].ValueKind is not JsonValueKind.String
            || element[1].GetString() is not ['$', _, ..] field
        )
        {
            return false;
        }

        var value = element[2].GetString()!;
        conditions.Add(
            kind == "eq" ? new PostCondition.Equal(field[1..], value) : new PostCondition.StartsWith(field[1..], value)
        );
        return true;
    }

    private static bool TryReadRange(JsonElement element, List<PostCondition> conditions)
    {
        if (!TryReadNumber(element[1], out var min) || !TryReadNumber(element[2], out var max) || min > max)
        {
            return false;
        }

        conditions.Add(new PostCondition.LengthRange(min, max));
        return true;
    }

    // Some clients write the numbers as text.
    private static bool TryReadNumber(JsonElement element, out long number)
    {
        number = 0;
        return element.ValueKind switch
        {
            JsonValueKind.Number => element.TryGetInt64(out number) && number >= 0,
            JsonValueKind.String => long.TryParse(
                element.GetString(),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out number
            ),
            _ => false,
        };
    }
}
