using ControlPanel.Data.Operations.Webhooks;
using ControlPanel.Shared;

namespace ControlPanel.Features.Team;

/// <summary>How a receiver knows that a message is from here: ready lines with the secret, for the reveal alone.</summary>
internal static class WebhookExamples
{
    /// <summary>What the reveal shows; the same after adding and rolling.</summary>
    public static OneTimeSecret Reveal(NewWebhookSecret made)
    {
        using var secret = made.Secret;
        var text = secret.Reveal();
        var host = DeliveryWords.Host(made.Webhook.Address);
        return new OneTimeSecret(
            made.Webhook.OldSecretUntil is null
                ? $"The webhook to {host} was added. With this secret its messages are signed."
                : $"The webhook to {host} has a new secret. For 24 hours the old one signs as well.",
            [new SecretValue("Signing secret", text)],
            For(text),
            "webhook.env"
        );
    }

    /// <summary>Lines that check a message with nothing but what the languages bring along.</summary>
    public static IReadOnlyList<Snippet> For(string secret) =>
        [
            new(
                "Node.js",
                $$"""
                import { createHmac, timingSafeEqual } from "node:crypto";

                const key = Buffer.from("{{secret}}".slice("whsec_".length), "base64");

                // body: the text as it came, before anything reads it as JSON
                export function isGenuine(headers, body) {
                  const id = headers["webhook-id"];
                  const sentAt = headers["webhook-timestamp"];
                  const expected = createHmac("sha256", key).update(`${id}.${sentAt}.${body}`).digest();
                  const isFresh = Math.abs(Date.now() / 1000 - Number(sentAt)) < 300;
                  return isFresh && headers["webhook-signature"].split(" ").some((one) => {
                    const given = Buffer.from(one.replace(/^v1,/, ""), "base64");
                    return given.length === expected.length && timingSafeEqual(given, expected);
                  });
                }
                """
            ),
            new(
                "C#",
                $$"""
                // body: the bytes as they came, before anything reads them as JSON
                static bool IsGenuine(IHeaderDictionary headers, byte[] body)
                {
                    var key = Convert.FromBase64String("{{secret}}"["whsec_".Length..]);
                    var head = $"{headers["webhook-id"]}.{headers["webhook-timestamp"]}.";
                    byte[] signed = [.. Encoding.UTF8.GetBytes(head), .. body];
                    var expected = "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed));
                    var sentAt = DateTimeOffset.FromUnixTimeSeconds(long.Parse(headers["webhook-timestamp"]!));
                    return (DateTimeOffset.UtcNow - sentAt).Duration() < TimeSpan.FromMinutes(5)
                        && headers["webhook-signature"].ToString().Split(' ').Any(given =>
                            CryptographicOperations.FixedTimeEquals(
                                Encoding.ASCII.GetBytes(given), Encoding.ASCII.GetBytes(expected)));
                }
                """
            ),
            new(
                "openssl",
                $$"""
                SECRET={{secret}}
                # WEBHOOK_ID and WEBHOOK_TIMESTAMP: the headers; BODY: a file with the body as it came
                KEY=$(printf %s "${SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
                { printf '%s.%s.' "$WEBHOOK_ID" "$WEBHOOK_TIMESTAMP"; cat "$BODY"; } |
                  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | openssl base64 -A
                # is what stands behind "v1," in the header webhook-signature
                """
            ),
            new(".env", $"WEBHOOK_SECRET={secret}"),
        ];
}
