using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace ControlPanel.Verification.Secrets;

/// <summary>
/// Secret text that does not print, log or serialize itself. Its characters are reached by <see cref="Reveal"/> alone,
/// so a search for that name finds every place where a secret leaves the process.
/// </summary>
[DebuggerDisplay("***")]
public sealed class Secret : IDisposable
{
    private byte[]? _utf8;

    public Secret(ReadOnlySpan<byte> utf8) => _utf8 = utf8.ToArray();

    public Secret(ReadOnlySpan<char> text)
    {
        _utf8 = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, _utf8);
    }

    /// <summary>The UTF-8 bytes.</summary>
    /// <exception cref="ObjectDisposedException">The secret was already forgotten.</exception>
    public ReadOnlySpan<byte> Bytes => _utf8 ?? throw new ObjectDisposedException(nameof(Secret));

    /// <summary>The secret as text, for the one place that shows it to its owner.</summary>
    /// <exception cref="ObjectDisposedException">The secret was already forgotten.</exception>
    public string Reveal() => Encoding.UTF8.GetString(Bytes);

    public override string ToString() => "***";

    /// <summary>Overwrites the bytes. Strings already made by <see cref="Reveal"/> are the caller's to drop.</summary>
    public void Dispose()
    {
        if (_utf8 is { } bytes)
        {
            CryptographicOperations.ZeroMemory(bytes);
            _utf8 = null;
        }
    }
}
