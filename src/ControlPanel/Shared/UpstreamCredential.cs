using ControlPanel.Data.Snapshots;

namespace ControlPanel.Shared;

/// <summary>The headers by which model servers know accounts: the client's never reach an upstream, its own always do.</summary>
internal static class UpstreamCredential
{
    // The last ones choose whose account at the upstream pays, which is not the client's to choose.
    private static readonly string[] s_clients =
    [
        "x-api-key",
        "api-key",
        "x-goog-api-key",
        "openai-organization",
        "openai-project",
    ];

    /// <summary>Removes the client's.</summary>
    public static void Strip(IHeaderDictionary headers)
    {
        foreach (var name in s_clients)
        {
            headers.Remove(name);
        }
    }

    /// <summary>Adds the upstream's own.</summary>
    public static void Add(HttpRequestMessage request, InferenceUpstream upstream)
    {
        if (upstream.Credential is { } credential)
        {
            request.Headers.TryAddWithoutValidation(
                upstream.Header == UpstreamHeader.ApiKey ? "x-api-key" : "Authorization",
                upstream.Header == UpstreamHeader.ApiKey ? credential.Reveal() : "Bearer " + credential.Reveal()
            );
        }
    }
}
