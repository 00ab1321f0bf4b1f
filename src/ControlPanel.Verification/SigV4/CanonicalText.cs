using System.Buffers;
using System.Text;

namespace ControlPanel.Verification.SigV4;

/// <summary>
/// The bytes that get hashed, written into a pooled array. Cleared before it goes back: a canonical request can hold
/// the customer's encryption key (<c>x-amz-server-side-encryption-customer-key</c>).
/// </summary>
internal ref struct CanonicalText
{
    private static readonly SearchValues<char> s_unreserved = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    );

    private static readonly SearchValues<char> s_unreservedAndSlash = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"
    );

    private byte[] _bytes;
    private int _length;

    public CanonicalText(int capacity) => _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    public readonly ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public readonly int Length => _length;

    public void Append(byte value)
    {
        Reserve(1)[0] = value;
        _length++;
    }

    public void Append(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>Appends text as UTF-8.</summary>
    public void Append(scoped ReadOnlySpan<char> text)
    {
        // Nearly all of it is ASCII, which narrows many characters at a time.
        if (Ascii.FromUtf16(text, Reserve(text.Length), out var written) == OperationStatus.Done)
        {
            _length += written;
        }
        else
        {
            AppendUtf8(text);
        }
    }

    public void AppendLowerHex(scoped ReadOnlySpan<byte> bytes)
    {
        Convert.TryToHexStringLower(bytes, Reserve(bytes.Length * 2), out var written);
        _length += written;
    }

    /// <summary>
    /// Decodes percent escapes once and encodes once, which is what S3 signs: nothing is collapsed, no dot segment is
    /// removed, hex becomes upper case.
    /// </summary>
    /// <param name="raw">The text as sent.</param>
    /// <param name="isPath">Whether <c>/</c> stays as it is.</param>
    /// <returns><see langword="false"/> for a broken escape; what was written then means nothing.</returns>
    public bool TryAppendRecoded(scoped ReadOnlySpan<char> raw, bool isPath)
    {
        var kept = isPath ? s_unreservedAndSlash : s_unreserved;
        Span<byte> utf8 = stackalloc byte[4];
        while (!raw.IsEmpty)
        {
            var run = raw.IndexOfAnyExcept(kept);
            if (run < 0)
            {
                Append(raw);
                return true;
            }

            Append(raw[..run]);
            raw = raw[run..];
            if (raw[0] == '%')
            {
                if (!PercentEncoding.TryReadEscape(raw, out var value))
                {
                    return false;
                }

                AppendEncoded(value, isPath);
                raw = raw[3..];
                continue;
            }

            Rune.DecodeFromUtf16(raw, out var rune, out var consumed);
            foreach (var value in utf8[..rune.EncodeToUtf8(utf8)])
            {
                AppendEncoded(value, isPath);
            }

            raw = raw[consumed..];
        }

        return true;
    }

    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        if (bytes.Length > 0)
        {
            bytes.AsSpan(0, _length).Clear();
            ArrayPool<byte>.Shared.Return(bytes);
        }

        _length = 0;
    }

    private void AppendUtf8(scoped ReadOnlySpan<char> text) =>
        _length += Encoding.UTF8.GetBytes(text, Reserve(Encoding.UTF8.GetMaxByteCount(text.Length)));

    private void AppendEncoded(byte value, bool isPath)
    {
        var kept = isPath ? s_unreservedAndSlash : s_unreserved;
        if (kept.Contains((char)value))
        {
            Append(value);
            return;
        }

        var target = Reserve(3);
        target[0] = (byte)'%';
        target[1] = PercentEncoding.UpperHex(value >> 4);
        target[2] = PercentEncoding.UpperHex(value & 15);
        _length += 3;
    }

    private Span<byte> Reserve(int count)
    {
        if (_bytes.Length - _length < count)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _length + count));
            _bytes.AsSpan(0, _length).CopyTo(larger);
            _bytes.AsSpan(0, _length).Clear();
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        return _bytes.AsSpan(_length);
    }
}
