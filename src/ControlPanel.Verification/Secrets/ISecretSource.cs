using System.Security.Cryptography;

namespace ControlPanel.Verification.Secrets;

/// <summary>Where random bits come from. The product has one implementation; tests may make theirs repeatable.</summary>
public interface ISecretSource
{
    /// <summary>Fills the span with unpredictable bytes.</summary>
    void Fill(Span<byte> destination);
}

/// <summary>The operating system's cryptographic generator.</summary>
public sealed class SystemSecretSource : ISecretSource
{
    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
