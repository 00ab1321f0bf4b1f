using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace ControlPanel.Api;

/// <summary>
/// Reads request bodies: JSON up to 1 MiB, whatever the content type says (clients differ); an empty body is an empty
/// object, because doctl sends a JSON content type with nothing in it.
/// </summary>
internal static class ApiBody
{
    /// <summary>The largest body, in bytes.</summary>
    public const int MaxLength = 1024 * 1024;

    /// <summary>The deepest nesting.</summary>
    public const int MaxDepth = 32;

    /// <summary>Reads a body of a wire type.</summary>
    public static async Task<(T? Body, ApiError? Error)> ReadAsync<T>(
        HttpContext context,
        JsonTypeInfo<T> type,
        CancellationToken ct
    )
        where T : class
    {
        var (bytes, error) = await ReadBytesAsync(context, ct);
        if (error is not null)
        {
            return (null, error);
        }

        try
        {
            var body = JsonSerializer.Deserialize(bytes.Span, type);
            return body is null ? (null, ApiError.BadRequest("error parsing request body")) : (body, null);
        }
        catch (JsonException e)
        {
            // The path names the field; the parser's own message would quote the caller's text. Text that is no JSON at
            // all has a path too (and the reader's exception inside), but no field is to blame.
            var field =
                e.InnerException is not JsonException && e.Path?.TrimStart('$', '.') is { Length: > 0 and <= 128 } path
                    ? path
                    : null;
            return (
                null,
                ApiError.BadRequest(
                    field is null
                        ? "error parsing request body"
                        : $"error parsing request body: {field} has a wrong type"
                )
            );
        }
    }

    /// <summary>Reads a body whose shape varies.</summary>
    public static async Task<(JsonElement Body, ApiError? Error)> ReadElementAsync(
        HttpContext context,
        CancellationToken ct
    )
    {
        var (bytes, error) = await ReadBytesAsync(context, ct);
        if (error is not null)
        {
            return (default, error);
        }

        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? (document.RootElement.Clone(), null)
                : (default, ApiError.BadRequest("error parsing request body"));
        }
        catch (JsonException)
        {
            return (default, ApiError.BadRequest("error parsing request body"));
        }
    }

    private static async Task<(ReadOnlyMemory<byte> Bytes, ApiError? Error)> ReadBytesAsync(
        HttpContext context,
        CancellationToken ct
    )
    {
        if (context.Request.ContentLength > MaxLength)
        {
            return (default, ApiError.TooLarge);
        }

        using var buffer = new MemoryStream();
        var chunk = new byte[8192];
        int read;
        while ((read = await context.Request.Body.ReadAsync(chunk, ct)) > 0)
        {
            if (buffer.Length + read > MaxLength)
            {
                return (default, ApiError.TooLarge);
            }

            buffer.Write(chunk, 0, read);
        }

        if (buffer.Length == 0)
        {
            return ("{}"u8.ToArray(), null);
        }

        var bytes = buffer.ToArray();
        return IsText(bytes) ? (bytes, null) : (default, ApiError.BadRequest("error parsing request body"));
    }

    /// <summary>
    /// Whether every text in it is one: bytes can be no UTF-8, and JSON can escape halves of characters and the
    /// character zero, which PostgreSQL keeps in no text.
    /// </summary>
    private static bool IsText(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            return false;
        }

        if (json.IndexOf("\\u"u8) < 0)
        {
            return true;
        }

        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
            while (reader.Read())
            {
                if (
                    reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName
                    && reader.ValueIsEscaped
                    && reader.GetString()!.Contains('\0', StringComparison.Ordinal)
                )
                {
                    return false;
                }
            }

            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
