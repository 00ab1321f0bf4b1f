using System.Security.Cryptography;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Verification.Secrets;
using Microsoft.AspNetCore.DataProtection;
using Secret = ControlPanel.Verification.Secrets.Secret;

namespace ControlPanel.Account;

/// <summary>A secret that is offered to somebody's authenticator app and is nobody's second factor yet.</summary>
/// <param name="Sealed">The form in which the page carries it, for this person and a quarter of an hour.</param>
public sealed record Enrolment(Secret Secret, string Sealed);

/// <summary>Makes secrets for authenticator apps and finds them again in what a page posts back.</summary>
public sealed class EnrolmentSecrets(IDataProtectionProvider protection, ISecretSource random)
{
    private static readonly TimeSpan s_lasts = TimeSpan.FromMinutes(15);

    /// <summary>A new secret.</summary>
    public Enrolment New(Guid userId)
    {
        Span<byte> bytes = stackalloc byte[Totp.SecretSize];
        random.Fill(bytes);
        return new Enrolment(
            new Secret(bytes),
            Convert.ToBase64String(ProtectorOf(userId).Protect(bytes.ToArray(), s_lasts))
        );
    }

    /// <summary>The one that the page carried; <see langword="null"/> when it was altered or is too old.</summary>
    public Enrolment? Open(Guid userId, string? sealedText)
    {
        try
        {
            return sealedText is null
                ? null
                : new Enrolment(
                    new Secret(ProtectorOf(userId).Unprotect(Convert.FromBase64String(sealedText)).AsSpan()),
                    sealedText
                );
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return null;
        }
    }

    private ITimeLimitedDataProtector ProtectorOf(Guid userId) =>
        protection.CreateProtector("ControlPanel.Account.Enrolment", userId.ToString("N")).ToTimeLimitedDataProtector();
}
