namespace ControlPanel.Verification.SigV4;

/// <summary>The query as Signature V4 signs it: decoded and encoded once, sorted by name, then by value.</summary>
internal static class CanonicalQuery
{
    /// <summary>Writes the canonical query.</summary>
    /// <param name="raw">The query as sent.</param>
    /// <param name="isPresigned">Whether <c>X-Amz-Signature</c> is left out; nothing else ever is.</param>
    /// <returns><see langword="false"/> for a broken escape or too many parameters.</returns>
    public static bool TryWrite(ReadOnlySpan<char> raw, bool isPresigned, ref CanonicalText text)
    {
        if (raw.IsEmpty)
        {
            return true;
        }

        var pieces = new CanonicalText(raw.Length * 3);
        try
        {
            Span<Piece> sorted = stackalloc Piece[QueryScan.MaxParameters];
            var count = 0;
            var parameters = new RawQuery(raw);
            while (parameters.MoveNext())
            {
                if (isPresigned && PercentEncoding.DecodesTo(parameters.Name, "X-Amz-Signature"))
                {
                    continue;
                }

                var start = pieces.Length;
                if (count == sorted.Length || !pieces.TryAppendRecoded(parameters.Name, isPath: false))
                {
                    return false;
                }

                var middle = pieces.Length;
                if (!pieces.TryAppendRecoded(parameters.Value, isPath: false))
                {
                    return false;
                }

                Insert(sorted[..++count], new Piece(start, middle, pieces.Length), pieces.Written);
            }

            for (var i = 0; i < count; i++)
            {
                if (i > 0)
                {
                    text.Append((byte)'&');
                }

                text.Append(sorted[i].Name(pieces.Written));
                text.Append((byte)'=');
                text.Append(sorted[i].Value(pieces.Written));
            }

            return true;
        }
        finally
        {
            pieces.Dispose();
        }
    }

    private static void Insert(Span<Piece> sorted, Piece piece, ReadOnlySpan<byte> bytes)
    {
        var at = sorted.Length - 1;
        for (; at > 0 && piece.ComesBefore(sorted[at - 1], bytes); at--)
        {
            sorted[at] = sorted[at - 1];
        }

        sorted[at] = piece;
    }

    private readonly struct Piece(int start, int middle, int end)
    {
        private readonly int _start = start;
        private readonly int _middle = middle;
        private readonly int _end = end;

        public ReadOnlySpan<byte> Name(ReadOnlySpan<byte> bytes) => bytes[_start.._middle];

        public ReadOnlySpan<byte> Value(ReadOnlySpan<byte> bytes) => bytes[_middle.._end];

        public bool ComesBefore(Piece other, ReadOnlySpan<byte> bytes)
        {
            var order = Name(bytes).SequenceCompareTo(other.Name(bytes));
            return order < 0 || (order == 0 && Value(bytes).SequenceCompareTo(other.Value(bytes)) < 0);
        }
    }
}
