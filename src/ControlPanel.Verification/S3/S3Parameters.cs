using System.Collections.Frozen;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Verification.S3;

/// <summary>The query and the headers of a request, as far as they decide what it does.</summary>
internal sealed class S3Parameters
{
    /// <summary>Parameters that shape an answer or carry a credential and never choose an operation.</summary>
    private static readonly FrozenSet<string> s_ignored = FrozenSet.Create(
        StringComparer.Ordinal,
        [
            "AWSAccessKeyId",
            "Expires",
            "Signature",
            "bucket-region",
            "continuation-token",
            "delimiter",
            "encoding-type",
            "fetch-owner",
            "key-marker",
            "list-type",
            "marker",
            "max-buckets",
            "max-keys",
            "max-parts",
            "max-uploads",
            "part-number-marker",
            "prefix",
            "response-cache-control",
            "response-content-disposition",
            "response-content-encoding",
            "response-content-language",
            "response-content-type",
            "response-expires",
            "start-after",
            "upload-id-marker",
            "version-id-marker",
            "versionId",
            "x-id",
        ]
    );

    /// <summary>What must not be said twice, because the value decides.</summary>
    private static readonly FrozenSet<string> s_decisive = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        ["x-amz-acl", "x-amz-copy-source", "x-amz-rename-source"]
    );

    private readonly Dictionary<string, string> _amz = new(StringComparer.OrdinalIgnoreCase);

    private S3Parameters() { }

    /// <summary>The names that may be sub-resources, each once.</summary>
    public SortedSet<string> SubResources { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether the query cannot be read.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Whether a header or hoisted header that may occur once occurs twice.</summary>
    public bool IsAmbiguous { get; private set; }

    /// <summary>Whether RGW's administration by parameter is asked for.</summary>
    public bool IsSideInterface { get; private set; }

    public static S3Parameters Read(in S3RequestHead head)
    {
        var result = new S3Parameters();
        foreach (ref readonly var header in head.Headers.Span)
        {
            if (header.Name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase))
            {
                result.AddAmz(header.Name, header.Value);
            }
        }

        var parameters = new RawQuery(head.RawQuery);
        while (parameters.MoveNext())
        {
            if (
                !PercentEncoding.TryDecode(parameters.Name, out var name)
                || !PercentEncoding.TryDecode(parameters.Value, out var value)
            )
            {
                result.IsMalformed = true;
                return result;
            }

            result.AddParameter(name, value);
        }

        return result;
    }

    /// <summary>The value of an <c>x-amz-*</c> header, or of the parameter a presigner made of it.</summary>
    public string? Amz(string name) => _amz.GetValueOrDefault(name);

    public bool HasAmzStartingWith(string prefix)
    {
        foreach (var name in _amz.Keys)
        {
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private void AddParameter(string name, string value)
    {
        if (name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase))
        {
            AddAmz(name, value);
        }
        else if (name.Equals("Action", StringComparison.OrdinalIgnoreCase))
        {
            IsSideInterface = true;
        }
        else if (!s_ignored.Contains(name))
        {
            SubResources.Add(name);
        }
    }

    private void AddAmz(string name, string value)
    {
        if (!_amz.TryAdd(name, value) && s_decisive.Contains(name))
        {
            IsAmbiguous = true;
        }
    }
}
