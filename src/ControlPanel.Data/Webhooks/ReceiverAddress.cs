using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace ControlPanel.Data.Webhooks;

/// <summary>The address of a receiver as somebody typed it.</summary>
internal static class ReceiverAddress
{
    private const int MaxLength = 512;

    /// <summary>Checks what can be seen without asking anybody; where a name leads is checked at every connection.</summary>
    /// <param name="error">The rule that it breaks, for the person who typed it.</param>
    public static bool TryRead(string? text, WebhookRules rules, [NotNullWhen(true)] out Uri? address, out string error)
    {
        error = "";
        if (
            !Uri.TryCreate(text?.Trim(), UriKind.Absolute, out address)
            || address.Scheme is not ("http" or "https")
            || address.UserInfo.Length > 0
            || address.Fragment.Length > 0
            || address.AbsoluteUri.Length > MaxLength
        )
        {
            error = "Give an address such as https://example.com/hooks, without user name and fragment.";
        }
        else if (address.Scheme == "http" && !rules.AllowHttp)
        {
            error = "The address must begin with https://.";
        }
        else if (IPAddress.TryParse(address.IdnHost, out var ip) ? !rules.Allows(ip) : !IsOutside(address, rules))
        {
            error = "This server sends nothing to addresses in its own networks.";
        }

        return error.Length == 0;
    }

    private static bool IsOutside(Uri address, WebhookRules rules)
    {
        var host = address.IdnHost.TrimEnd('.');
        var isLocal =
            host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
        return host.Length > 0 && (!isLocal || rules.AllowLoopback);
    }
}
