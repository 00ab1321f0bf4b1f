using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Hosting;
using ControlPanel.Shared;

namespace ControlPanel.Features.Tokens;

/// <summary>Lines for API clients that work as they stand, for where this server really listens.</summary>
public sealed class TokenExamples(ListenAddresses addresses)
{
    /// <summary>Where the API is.</summary>
    public string BaseUrl => $"{addresses.Panel}/v2";

    /// <summary>How doctl signs in.</summary>
    public string DoctlInit =>
        $"doctl auth init --api-url {addresses.Panel} --token-validation-server {addresses.Panel}";

    /// <summary>What the reveal of a new token shows; its value is given up with that.</summary>
    public OneTimeSecret Reveal(NewToken made)
    {
        using var value = made.Value;
        var text = value.Reveal();
        return new OneTimeSecret(
            $"The token {made.Token.Name} was generated.",
            [new SecretValue("Secret key", text)],
            For(text),
            "controlpanel.env"
        );
    }

    /// <summary>Everything that a reveal offers to copy.</summary>
    public IReadOnlyList<Snippet> For(string token) =>
        [
            new("curl", $"curl -H \"Authorization: Bearer {token}\" \"{BaseUrl}/account\""),
            new("doctl", $"{DoctlInit} --access-token {token}\ndoctl account get"),
            new(
                "Terraform",
                $$"""
                provider "digitalocean" {
                  token        = "{{token}}"
                  api_endpoint = "{{addresses.Panel}}"
                }
                """
            ),
            new(
                ".env",
                $"""
                DIGITALOCEAN_ACCESS_TOKEN={token}
                DIGITALOCEAN_API_URL={addresses.Panel}
                """
            ),
        ];
}
