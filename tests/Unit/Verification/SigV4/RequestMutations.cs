using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.SigV4;

/// <summary>Every single change of a signed request that must break it.</summary>
internal static class RequestMutations
{
    private static readonly string[] s_v2Unsigned =
    [
        "prefix",
        "delimiter",
        "max-keys",
        "marker",
        "list-type",
        "encoding-type",
    ];

    public static IEnumerable<(string What, S3RequestHead Head)> Of(S3RequestHead head)
    {
        var credential = S3CredentialParser.Parse(head, SignatureRules.Default);
        foreach (var method in (string[])["GET", "PUT", "POST", "DELETE", "HEAD", "get", "PATCH"])
        {
            if (method != head.Method)
            {
                yield return ($"method {method}", new S3RequestHead(method, head.Target, head.Headers));
            }
        }

        foreach (var change in OfTarget(head, credential))
        {
            yield return change;
        }

        foreach (var change in OfHeaders(head, credential))
        {
            yield return change;
        }

        foreach (var change in Additions(head))
        {
            yield return change;
        }
    }

    private static IEnumerable<(string, S3RequestHead)> OfTarget(S3RequestHead head, S3Credential credential)
    {
        var isV2 = credential.Kind is S3CredentialKind.V2Header or S3CredentialKind.V2Query;
        var path = head.RawPath.ToString();
        var query = head.Target[path.Length..];
        foreach (
            var changed in (string[])[path + "x", path + "/x", path + "//", "/other" + path, path + "%20", "/" + path]
        )
        {
            yield return ($"path {changed}", With(head, changed + query));
        }

        for (var i = 1; i < path.Length; i += 3)
        {
            var c = path[i] is 'z' or 'Z' ? "q" : "z";
            if (path[i] is not '%')
            {
                yield return ($"path at {i}", With(head, path[..i] + c + path[(i + 1)..] + query));
            }
        }

        var pieces = query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < pieces.Length; i++)
        {
            var name = pieces[i].Split('=')[0];
            if (isV2 && s_v2Unsigned.Contains(name))
            {
                continue;
            }

            yield return ($"{name} longer", With(head, path + "?" + Join(pieces, i, pieces[i] + "1")));
            yield return ($"{name} gone", With(head, Path(path, pieces.Where((_, at) => at != i))));
            yield return ($"{name} twice", With(head, path + "?" + Join(pieces, i, pieces[i] + "&" + pieces[i])));
            yield return (
                $"{name} in another case",
                With(head, path + "?" + Join(pieces, i, OtherCase(pieces[i], name)))
            );
        }

        foreach (
            var added in (string[])
                ["acl", "x-amz-acl=public-read", "X-Amz-Date=20260101T000000Z", "foo=bar", "uploads", "tagging"]
        )
        {
            yield return ($"added {added}", With(head, path + (query.Length > 1 ? query + "&" : "?") + added));
        }
    }

    private static IEnumerable<(string, S3RequestHead)> OfHeaders(S3RequestHead head, S3Credential credential)
    {
        var signed = credential.SignedHeaders.ToString().Split(';');
        var headers = head.Headers.ToArray();
        var hasAmzDate = head.Find("x-amz-date") is not null;
        for (var i = 0; i < headers.Length; i++)
        {
            var (name, value) = headers[i];
            var lower = name.ToLowerInvariant();
            var counts = credential.Kind is S3CredentialKind.V2Header or S3CredentialKind.V2Query
                ? lower is "content-md5" or "content-type" or "authorization"
                    || lower.StartsWith("x-amz-", StringComparison.Ordinal)
                    || (lower == "date" && !hasAmzDate && credential.Kind is S3CredentialKind.V2Header)
                : lower == "authorization" || signed.Contains(lower);
            if (!counts)
            {
                continue;
            }

            yield return ($"{name} longer", Replace(head, i, new S3Header(name, value + "x")));
            yield return ($"{name} doubled", Replace(head, i, new S3Header(name, value), new S3Header(name, value)));
            yield return ($"{name} with underscore", Replace(head, i, new S3Header(name + "_", value)));
            if (lower is not "authorization" || credential.Kind is S3CredentialKind.V4Header)
            {
                yield return ($"{name} gone", Replace(head, i));
            }

            for (var at = 0; at < value.Length; at += lower == "authorization" ? 2 : 5)
            {
                var c = value[at] == '7' ? '8' : '7';
                if (value[at] != ' ')
                {
                    yield return ($"{name} at {at}", Replace(head, i, new S3Header(name, Put(value, at, c))));
                }
            }
        }
    }

    private static IEnumerable<(string, S3RequestHead)> Additions(S3RequestHead head)
    {
        yield return ("added copy source", Add(head, new S3Header("x-amz-copy-source", "secret/doc")));
        yield return ("added copy source, upper case", Add(head, new S3Header("X-AMZ-COPY-SOURCE", "secret/doc")));
        yield return ("added copy source, underscores", Add(head, new S3Header("X_Amz_Copy_Source", "secret/doc")));
        yield return ("added acl", Add(head, new S3Header("x-amz-acl", "public-read-write")));
        yield return ("added meta", Add(head, new S3Header("x-amz-meta-a", "b")));
        yield return ("second authorization", Add(head, new S3Header("Authorization", "Bearer x")));
        yield return ("second host", Add(head, new S3Header("Host", "other")));
        yield return (
            "credential in the query",
            With(head, head.Target + (head.Target.Contains('?') ? "&" : "?") + "X-Amz-Signature=" + new string('0', 64))
        );
        yield return (
            "V2 credential in the query",
            With(head, head.Target + (head.Target.Contains('?') ? "&" : "?") + "AWSAccessKeyId=DO00TESTKEYAAAAAAAA1")
        );
    }

    private static string OtherCase(string piece, string name)
    {
        var lower = name.ToLowerInvariant();
        return (lower == name ? name.ToUpperInvariant() : lower) + piece[name.Length..];
    }

    private static string Join(string[] pieces, int at, string replacement) =>
        string.Join('&', pieces.Select((piece, i) => i == at ? replacement : piece));

    private static string Path(string path, IEnumerable<string> pieces) =>
        string.Join('&', pieces) is { Length: > 0 } query ? path + "?" + query : path;

    private static string Put(string value, int at, char c) => value[..at] + c + value[(at + 1)..];

    private static S3RequestHead With(S3RequestHead head, string target) => new(head.Method, target, head.Headers);

    private static S3RequestHead Add(S3RequestHead head, S3Header header) =>
        new(head.Method, head.Target, (S3Header[])[.. head.Headers.Span, header]);

    private static S3RequestHead Replace(S3RequestHead head, int at, params S3Header[] replacement) =>
        new(
            head.Method,
            head.Target,
            (S3Header[])[.. head.Headers.Span[..at], .. replacement, .. head.Headers.Span[(at + 1)..]]
        );
}
