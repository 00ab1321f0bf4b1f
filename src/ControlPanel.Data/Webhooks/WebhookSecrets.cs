using System.Security.Cryptography;
using System.Text;
using ControlPanel.Data.Model;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Data.Webhooks;

/// <summary>The secrets that deliveries are signed with (Standard Webhooks, symmetric).</summary>
public sealed class WebhookSecrets(SecretSealer sealer, ISecretSource random)
{
    /// <summary>How many random bytes a secret is; the standard asks for 24 to 64.</summary>
    public const int Size = 32;

    /// <summary>How long the secret before a new one signs as well, so that receivers can change theirs in between.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromHours(24);

    /// <summary>Makes a secret for a version of an endpoint.</summary>
    /// <returns>What its owner is shown, and the envelope to keep.</returns>
    internal (Secret Shown, byte[] Sealed) New(Guid endpoint, Guid team, int version)
    {
        Span<byte> bytes = stackalloc byte[Size];
        random.Fill(bytes);
        try
        {
            return (
                new Secret($"whsec_{Convert.ToBase64String(bytes)}"),
                sealer.Seal(bytes, SealBindings.WebhookSecret(endpoint, team, version)).Envelope.ToArray()
            );
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>
    /// The value of <c>webhook-signature</c>: one signature, and for a while after a new secret one of the old as well.
    /// </summary>
    /// <param name="timestamp">Seconds since 1970, as in <c>webhook-timestamp</c>.</param>
    /// <returns><see langword="null"/> when the secret does not open: another master key, or an altered row.</returns>
    internal string? Sign(WebhookEndpoint endpoint, string eventId, long timestamp, string body, DateTimeOffset now)
    {
        var text = Encoding.UTF8.GetBytes(
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{eventId}.{timestamp}.{body}")
        );
        var present = Sign(endpoint, endpoint.SealedSecret, endpoint.SecretVersion, text);
        var before =
            endpoint.PreviousSecretUntil > now && endpoint.SealedPreviousSecret is { } old
                ? Sign(endpoint, old, endpoint.SecretVersion - 1, text)
                : null;
        return present is null ? null
            : before is null ? present
            : $"{present} {before}";
    }

    private string? Sign(WebhookEndpoint endpoint, byte[] envelope, int version, byte[] text)
    {
        if (
            !SealedSecret.TryRead(envelope, out var sealedSecret)
            || !sealer.TryOpen(
                sealedSecret!,
                SealBindings.WebhookSecret(endpoint.Id, endpoint.TeamId, version),
                out var secret
            )
        )
        {
            return null;
        }

        using (secret)
        {
            return $"v1,{Convert.ToBase64String(HMACSHA256.HashData(secret.Bytes, text))}";
        }
    }
}
