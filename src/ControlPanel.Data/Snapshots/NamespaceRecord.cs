using ControlPanel.Verification.Secrets;

namespace ControlPanel.Data.Snapshots;

/// <summary>A Functions namespace as the gateway knows it.</summary>
/// <param name="Upstream">The OpenWhisk API behind it; <see langword="null"/> while none is set up.</param>
/// <param name="UpstreamAuthorization">
/// The ready <c>Authorization</c> value for the upstream; never sent anywhere else.
/// </param>
public sealed record NamespaceRecord(
    string Id,
    Guid TeamId,
    string Label,
    string Region,
    Uri? Upstream,
    Secret? UpstreamAuthorization,
    bool IsDeleted
);

/// <summary>What a gateway asks about namespaces.</summary>
public interface INamespaceDirectory
{
    /// <summary>The namespace, unless it does not exist or was deleted.</summary>
    NamespaceRecord? Find(string namespaceId);
}
