namespace ControlPanel.Verification.SigV4;

/// <summary>
/// The parameters of a raw query, in order: split at <c>&amp;</c>, then at the first <c>=</c>; empty pieces are
/// skipped. Nothing is decoded.
/// </summary>
internal ref struct RawQuery(ReadOnlySpan<char> query)
{
    private ReadOnlySpan<char> _rest = query;

    public ReadOnlySpan<char> Name { get; private set; }

    public ReadOnlySpan<char> Value { get; private set; }

    public bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            var end = _rest.IndexOf('&');
            var piece = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
            if (piece.IsEmpty)
            {
                continue;
            }

            var equals = piece.IndexOf('=');
            Name = equals < 0 ? piece : piece[..equals];
            Value = equals < 0 ? default : piece[(equals + 1)..];
            return true;
        }

        return false;
    }
}
