using System.Text.RegularExpressions;
using ControlPanel.Api;
using ControlPanel.Tests.Unit.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPanel.Tests.Unit.Api;

/// <summary>The API's endpoints as they are mapped, so that a new one is in every test that goes through them all.</summary>
internal static partial class ApiEndpoints
{
    /// <summary>Method, path with ids that name nothing, and the scopes needed.</summary>
    public static IEnumerable<(string Method, string Path, IReadOnlyList<string> Scopes)> Of(TestPanel panel) =>
        panel
            .App.Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<RequiredScopes>() is not null)
            .SelectMany(e =>
                e.Metadata.GetRequiredMetadata<HttpMethodMetadata>()
                    .HttpMethods.Select(m =>
                        (
                            m,
                            Parameter().Replace(e.RoutePattern.RawText!, "00000000-0000-4000-8000-000000000000"),
                            e.Metadata.GetRequiredMetadata<RequiredScopes>().Scopes
                        )
                    )
            );

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
