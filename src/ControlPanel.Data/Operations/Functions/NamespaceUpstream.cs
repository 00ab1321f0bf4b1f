using System.Text;
using ControlPanel.Data.Model;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Data.Operations.Functions;

/// <summary>The OpenWhisk API behind a namespace: its address and its own credential.</summary>
internal static class NamespaceUpstream
{
    /// <summary>Checks both and adds what is wrong.</summary>
    public static void Check(string? url, string? credential, List<FieldError> errors)
    {
        if (!string.IsNullOrWhiteSpace(url) && !IsUsable(url.Trim()))
        {
            errors.Add(
                new FieldError(
                    nameof(NewNamespace.UpstreamUrl),
                    "Give an address such as https://openwhisk.example.com, without user name, query or fragment."
                )
            );
        }

        if (!string.IsNullOrWhiteSpace(credential))
        {
            var colon = credential.Trim().IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || colon == credential.Trim().Length - 1)
            {
                errors.Add(
                    new FieldError(
                        nameof(NewNamespace.UpstreamCredential),
                        "Give the upstream's credential as uuid:key."
                    )
                );
            }
            else if (string.IsNullOrWhiteSpace(url))
            {
                errors.Add(new FieldError(nameof(NewNamespace.UpstreamUrl), "A credential needs an address."));
            }
        }
    }

    /// <summary>Sets both; an empty credential keeps the one that is there, an empty address removes both.</summary>
    public static void Set(FunctionsNamespace row, string? url, string? credential, SecretSealer sealer)
    {
        row.UpstreamUrl = string.IsNullOrWhiteSpace(url) ? null : url.Trim().TrimEnd('/');
        if (row.UpstreamUrl is null)
        {
            row.SealedUpstreamCredential = null;
            return;
        }

        if (!string.IsNullOrWhiteSpace(credential))
        {
            row.UpstreamCredentialVersion++;
            row.SealedUpstreamCredential = sealer
                .Seal(
                    Encoding.UTF8.GetBytes(credential.Trim()),
                    SealBindings.UpstreamCredential(row.SealId, row.TeamId, row.UpstreamCredentialVersion)
                )
                .Envelope.ToArray();
        }
    }

    private static bool IsUsable(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && uri.Scheme is ("http" or "https")
        && uri.UserInfo.Length == 0
        && uri.Query.Length == 0
        && uri.Fragment.Length == 0;
}
