using System.Collections.Frozen;

namespace ControlPanel.Verification.SigV4;

/// <summary>
/// The query as Signature V2 sees it: a closed list is signed, and beside it only what can do no harm may stand.
/// </summary>
internal static class V2Parameters
{
    /// <summary>The parameters that are part of the signed resource.</summary>
    private static readonly FrozenSet<string> s_signed = FrozenSet.Create(
        StringComparer.Ordinal,
        [
            "accelerate",
            "acl",
            "analytics",
            "cors",
            "defaultObjectAcl",
            "delete",
            "inventory",
            "lifecycle",
            "location",
            "logging",
            "metrics",
            "notification",
            "object-lock",
            "partNumber",
            "policy",
            "replication",
            "requestPayment",
            "response-cache-control",
            "response-content-disposition",
            "response-content-encoding",
            "response-content-language",
            "response-content-type",
            "response-expires",
            "restore",
            "storageClass",
            "tagging",
            "torrent",
            "uploadId",
            "uploads",
            "versionId",
            "versioning",
            "versions",
            "website",
        ]
    );

    /// <summary>The parameters that V2 leaves unsigned and that only shape a listing.</summary>
    private static readonly FrozenSet<string> s_harmless = FrozenSet.Create(
        StringComparer.Ordinal,
        [
            "AWSAccessKeyId",
            "Expires",
            "Signature",
            "continuation-token",
            "delimiter",
            "encoding-type",
            "fetch-owner",
            "key-marker",
            "list-type",
            "marker",
            "max-keys",
            "max-parts",
            "max-uploads",
            "part-number-marker",
            "prefix",
            "start-after",
            "upload-id-marker",
            "version-id-marker",
            "x-id",
        ]
    );

    /// <summary>Reads the signed parameters, decoded and sorted by name.</summary>
    public static SignatureRefusal Read(in S3RequestHead head, out SortedDictionary<string, string> subResources)
    {
        subResources = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var parameters = new RawQuery(head.RawQuery);
        while (parameters.MoveNext())
        {
            if (
                !PercentEncoding.TryDecode(parameters.Name, out var name)
                || !PercentEncoding.TryDecode(parameters.Value, out var value)
            )
            {
                return SignatureRefusal.MalformedTarget;
            }

            if (s_signed.Contains(name))
            {
                if (!subResources.TryAdd(name, value))
                {
                    return SignatureRefusal.MalformedQuery;
                }
            }
            else if (!s_harmless.Contains(name))
            {
                return SignatureRefusal.UnsignedQueryParameter;
            }
        }

        return SignatureRefusal.None;
    }
}
