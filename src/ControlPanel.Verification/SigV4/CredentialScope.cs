namespace ControlPanel.Verification.SigV4;

/// <summary>
/// <c>key id/day/region/service/aws4_request</c>, taken apart from the right because a key id may hold a slash.
/// </summary>
internal static class CredentialScope
{
    public const int MaxKeyIdLength = 128;
    private const int MaxPartLength = 64;
    private const string Terminator = "aws4_request";

    /// <summary>Splits a credential into the key id and the scope.</summary>
    public static bool TrySplit(
        ReadOnlyMemory<char> credential,
        out ReadOnlyMemory<char> keyId,
        out ReadOnlyMemory<char> scope
    )
    {
        keyId = scope = default;
        var text = credential.Span;
        var end = text.Length;
        for (var part = 0; part < 4; part++)
        {
            var slash = text[..end].LastIndexOf('/');
            var length = end - slash - 1;
            if (slash <= 0 || length is < 1 or > MaxPartLength)
            {
                return false;
            }

            end = slash;
        }

        if (end > MaxKeyIdLength || !PrintableAscii.IsAllOf(text))
        {
            return false;
        }

        keyId = credential[..end];
        scope = credential[(end + 1)..];
        return scope.Span.EndsWith("/" + Terminator, StringComparison.Ordinal) && Day(scope.Span).Length == 8;
    }

    public static ReadOnlySpan<char> Day(ReadOnlySpan<char> scope) => scope[..scope.IndexOf('/')];

    public static ReadOnlySpan<char> Region(ReadOnlySpan<char> scope) => Part(scope, 1);

    public static ReadOnlySpan<char> Service(ReadOnlySpan<char> scope) => Part(scope, 2);

    /// <summary>The scope of a signature that is made here.</summary>
    public static string Make(ReadOnlySpan<char> day, string region, string service) =>
        $"{day}/{region}/{service}/{Terminator}";

    private static ReadOnlySpan<char> Part(ReadOnlySpan<char> scope, int index)
    {
        for (; index > 0; index--)
        {
            scope = scope[(scope.IndexOf('/') + 1)..];
        }

        return scope[..scope.IndexOf('/')];
    }
}
