using System.Text;

namespace ControlPanel.Verification.SigV4;

/// <summary>The text that Signature V4 signs: algorithm, time, scope, hash of the canonical request.</summary>
internal static class StringToSign
{
    /// <summary>Room for the longest scope that <see cref="CredentialScope"/> lets through.</summary>
    public const int MaxLength = 512;

    public static Span<byte> Write(
        ReadOnlySpan<char> timestamp,
        ReadOnlySpan<char> scope,
        ReadOnlySpan<byte> requestHash,
        Span<byte> destination
    )
    {
        "AWS4-HMAC-SHA256\n"u8.CopyTo(destination);
        var length = "AWS4-HMAC-SHA256\n"u8.Length;
        length += Encoding.ASCII.GetBytes(timestamp, destination[length..]);
        destination[length++] = (byte)'\n';
        length += Encoding.ASCII.GetBytes(scope, destination[length..]);
        destination[length++] = (byte)'\n';
        Convert.TryToHexStringLower(requestHash, destination[length..], out var written);
        return destination[..(length + written)];
    }
}
