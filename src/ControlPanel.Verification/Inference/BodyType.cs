using System.Buffers;

namespace ControlPanel.Verification.Inference;

/// <summary>How a body is written, as its content type says.</summary>
public enum BodyForm : byte
{
    /// <summary>In no way that a model's name could be read from.</summary>
    Unsupported = 0,

    /// <summary><c>application/json</c> in UTF-8.</summary>
    Json,

    /// <summary><c>multipart/form-data</c>.</summary>
    Form,
}

/// <summary>Reads content types, strictly: a parameter that another parser could read differently makes it unsupported.</summary>
public static class BodyType
{
    // RFC 2046 section 5.1.1.
    private const int MaxBoundary = 70;

    private static readonly SearchValues<char> s_boundary = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'()+_,-./:=?"
    );

    private static readonly SearchValues<char> s_token = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"
    );

    /// <summary>Reads the header's only value.</summary>
    /// <param name="boundary">The form's boundary; empty for JSON.</param>
    public static BodyForm Read(ReadOnlySpan<char> contentType, out ReadOnlySpan<char> boundary)
    {
        boundary = default;
        var semicolon = contentType.IndexOf(';');
        var type = (semicolon < 0 ? contentType : contentType[..semicolon]).Trim(' ');
        var rest = semicolon < 0 ? ReadOnlySpan<char>.Empty : contentType[semicolon..];
        if (!TryReadParameter(rest, out var name, out var value))
        {
            return BodyForm.Unsupported;
        }

        if (type.Equals("application/json", StringComparison.OrdinalIgnoreCase))
        {
            return
                name.IsEmpty
                || (
                    name.Equals("charset", StringComparison.OrdinalIgnoreCase)
                    && value.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
                )
                ? BodyForm.Json
                : BodyForm.Unsupported;
        }

        if (
            type.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            && name.Equals("boundary", StringComparison.OrdinalIgnoreCase)
            && value.Length is > 0 and <= MaxBoundary
            && !value.ContainsAnyExcept(s_boundary)
        )
        {
            boundary = value;
            return BodyForm.Form;
        }

        return BodyForm.Unsupported;
    }

    // At most one parameter is taken, which is what every client sends.
    private static bool TryReadParameter(
        ReadOnlySpan<char> rest,
        out ReadOnlySpan<char> name,
        out ReadOnlySpan<char> value
    )
    {
        name = value = default;
        if (rest.IsEmpty)
        {
            return true;
        }

        var parameter = rest[1..].Trim(' ');
        if (parameter.IsEmpty)
        {
            // A semicolon with nothing after it, as some clients write.
            return true;
        }

        var equals = parameter.IndexOf('=');
        if (equals <= 0)
        {
            return false;
        }

        name = parameter[..equals];
        value = parameter[(equals + 1)..];
        if (value is ['"', .. var quoted, '"'])
        {
            value = quoted;
            return !name.ContainsAnyExcept(s_token) && !value.ContainsAny('"', '\\');
        }

        // .NET's boundaries hold an equals sign and stand in quotes; without quotes it is no token.
        return !name.ContainsAnyExcept(s_token) && !value.ContainsAnyExcept(s_token);
    }
}
