namespace ControlPanel.Verification.SigV4;

/// <summary>
/// <c>Credential=…, SignedHeaders=…, Signature=…</c>: each once, in any order, nothing else. Points into the header.
/// </summary>
internal readonly struct AuthorizationParts
{
    public ReadOnlyMemory<char> AccessKeyId { get; private init; }

    public ReadOnlyMemory<char> Scope { get; private init; }

    public ReadOnlyMemory<char> SignedHeaders { get; private init; }

    public ReadOnlyMemory<char> Signature { get; private init; }

    public static bool TryRead(ReadOnlyMemory<char> text, out AuthorizationParts parts)
    {
        ReadOnlyMemory<char> credential = default;
        ReadOnlyMemory<char> signedHeaders = default;
        ReadOnlyMemory<char> signature = default;
        parts = default;

        while (true)
        {
            var comma = text.Span.IndexOf(',');
            var piece = comma < 0 ? text : text[..comma];
            while (!piece.IsEmpty && piece.Span[0] == ' ')
            {
                piece = piece[1..];
            }

            if (
                !TryTake(piece, "Credential=", ref credential)
                && !TryTake(piece, "SignedHeaders=", ref signedHeaders)
                && !TryTake(piece, "Signature=", ref signature)
            )
            {
                return false;
            }

            if (comma < 0)
            {
                break;
            }

            text = text[(comma + 1)..];
        }

        if (
            !CredentialScope.TrySplit(credential, out var keyId, out var scope)
            || signedHeaders.IsEmpty
            || !SignedHeaderList.IsWellFormed(signedHeaders.Span)
            || !PayloadModes.IsLowerHex64(signature.Span)
        )
        {
            return false;
        }

        parts = new AuthorizationParts
        {
            AccessKeyId = keyId,
            Scope = scope,
            SignedHeaders = signedHeaders,
            Signature = signature,
        };
        return true;
    }

    private static bool TryTake(ReadOnlyMemory<char> piece, string label, ref ReadOnlyMemory<char> slot)
    {
        if (!slot.IsEmpty || !piece.Span.StartsWith(label, StringComparison.Ordinal))
        {
            return false;
        }

        slot = piece[label.Length..];
        return !slot.IsEmpty;
    }
}
