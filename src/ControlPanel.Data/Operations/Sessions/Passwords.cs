using ControlPanel.Data.Model;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>How passwords are kept: PBKDF2 with HMAC-SHA-512, a salt each, and the work that OWASP advises for it.</summary>
public static class Passwords
{
    /// <summary>Rounds of PBKDF2-HMAC-SHA-512 (OWASP Password Storage Cheat Sheet).</summary>
    public const int Rounds = 210_000;

    /// <summary>The one hasher. Stateless; may be shared.</summary>
    public static IPasswordHasher<Person> Hasher { get; } =
        new PasswordHasher<Person>(Options.Create(new PasswordHasherOptions { IterationCount = Rounds }));

    // What a sign-in with an unknown e-mail is compared with, so that it takes as long as one with a known e-mail.
    private static readonly Lazy<string> s_nobodysHash = new(() =>
        Hasher.HashPassword(new Person(), "nobody's password")
    );

    /// <summary>
    /// Whether the password is the person's. Costs the same when there is no such person or they have no password.
    /// </summary>
    public static bool Verify(Person? person, string password)
    {
        var matches =
            Hasher.VerifyHashedPassword(person ?? new Person(), person?.PasswordHash ?? s_nobodysHash.Value, password)
            != PasswordVerificationResult.Failed;
        return matches && person?.PasswordHash is not null;
    }

    /// <summary>Makes the hash for unknown people ahead of the first sign-in, which it would slow down.</summary>
    public static void Prepare() => _ = s_nobodysHash.Value;
}
