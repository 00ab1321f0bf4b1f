using System.Security.Cryptography;
using System.Text;
using ControlPanel.Data.Model;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>
/// The codes for a lost authenticator app: 120 random bits each, so that a plain hash keeps them (ASVS 6.5.2 asks for 112).
/// </summary>
internal static class RecoveryCodes
{
    public const int Count = 10;

    private const int Size = 15;
    private const int Group = 6;

    /// <summary>Replaces a person's codes; returns the new ones, which nothing else will ever show.</summary>
    public static async Task<IReadOnlyList<Secret>> ReplaceAsync(
        this OwnAccountContext context,
        ISecretSource random,
        CancellationToken ct
    )
    {
        await context.DropRecoveryCodesAsync(ct);
        var codes = new List<Secret>(Count);
        for (var i = 0; i < Count; i++)
        {
            var code = New(random);
            codes.Add(code);
            context.Db.RecoveryCodes.Add(
                new RecoveryCode
                {
                    Id = Guid.CreateVersion7(context.Now),
                    UserId = context.Actor.UserId,
                    CodeHash = SHA256.HashData(Encoding.ASCII.GetBytes(Plain(code.Reveal()))),
                    CreatedAt = context.Now,
                }
            );
        }

        return codes;
    }

    public static Task<int> DropRecoveryCodesAsync(this OwnAccountContext context, CancellationToken ct) =>
        context.Db.RecoveryCodes.Where(c => c.UserId == context.Actor.UserId).ExecuteDeleteAsync(ct);

    /// <summary>Uses a code up; whether it was one that was not used yet.</summary>
    public static async Task<bool> TryUseAsync(this OwnAccountContext context, string? typed, CancellationToken ct)
    {
        if (typed is not { Length: > 0 and <= 128 })
        {
            return false;
        }

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(Plain(typed)));
        return await context
                .Db.RecoveryCodes.Where(c => c.UserId == context.Actor.UserId && c.CodeHash == hash && c.UsedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(c => c.UsedAt, context.Now), ct) == 1;
    }

    private static Secret New(ISecretSource random)
    {
        Span<byte> bytes = stackalloc byte[Size];
        random.Fill(bytes);
        var text = Totp.Base32(bytes).ToLowerInvariant();
        return new Secret(string.Join('-', text.Chunk(Group).Select(g => new string(g))));
    }

    // Typed with or without the hyphens, in any case.
    private static string Plain(string code) =>
        new([.. code.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);
}
