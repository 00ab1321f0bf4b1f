using System.Security.Cryptography;
using System.Text;
using ControlPanel.Shared;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Hosting;

/// <summary>The code for the first set-up: 60 random bits for one start, in letters nobody mistakes for another.</summary>
internal sealed class SetUpCode : ISetUpCode
{
    private const string Letters = "ABCDEFGHJKMNPQRSTVWXYZ23456789--";
    private readonly byte[] _code;

    public SetUpCode(ISecretSource random)
    {
        Span<byte> bytes = stackalloc byte[64];
        var text = new StringBuilder();
        while (text.Length < 12)
        {
            random.Fill(bytes);
            foreach (var b in bytes)
            {
                if ((b & 31) < 30 && text.Length < 12)
                {
                    text.Append(Letters[b & 31]);
                }
            }
        }

        Text = $"{text.ToString(0, 4)}-{text.ToString(4, 4)}-{text.ToString(8, 4)}";
        _code = SHA256.HashData(Encoding.UTF8.GetBytes(Text));
    }

    /// <summary>What is printed on the console.</summary>
    public string Text { get; }

    public bool Matches(string? code) =>
        CryptographicOperations.FixedTimeEquals(
            _code,
            SHA256.HashData(Encoding.UTF8.GetBytes((code ?? "").Trim().ToUpperInvariant()))
        );
}
