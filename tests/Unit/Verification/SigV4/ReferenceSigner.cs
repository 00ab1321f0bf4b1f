using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.SigV4;

/// <summary>
/// Signature V4 written a second time, plainly and from the published rules, so that the engine is not its own judge.
/// </summary>
internal sealed class ReferenceSigner(OpenKey key, DateTimeOffset now, string region = "nyc3")
{
    private readonly string _timestamp = now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The host that requests are addressed to.</summary>
    public string Host { get; init; } = "s3.example.com";

    public string Scope => $"{_timestamp[..8]}/{region}/s3/aws4_request";

    public S3RequestHead SignHeader(string method, string target, string payload, params S3Header[] headers)
    {
        S3Header[] all =
        [
            new("Host", Host),
            new("x-amz-date", _timestamp),
            new("x-amz-content-sha256", payload),
            .. headers,
        ];
        var names = string.Join(';', all.Select(h => h.Name.ToLowerInvariant()).Order(StringComparer.Ordinal));
        var request = Canonical(method, target, all, names, payload);
        var authorization =
            $"AWS4-HMAC-SHA256 Credential={key.AccessKeyId}/{Scope}, SignedHeaders={names}, Signature={Sign(request)}";
        return new S3RequestHead(method, target, (S3Header[])[.. all, new("Authorization", authorization)]);
    }

    public S3RequestHead Presign(string method, string path, string query, string expires)
    {
        var target =
            $"{path}?{query}{(query.Length > 0 ? "&" : "")}X-Amz-Algorithm=AWS4-HMAC-SHA256"
            + $"&X-Amz-Credential={Uri.EscapeDataString(key.AccessKeyId + "/" + Scope)}&X-Amz-Date={_timestamp}"
            + $"&X-Amz-Expires={expires}&X-Amz-SignedHeaders=host";
        S3Header[] headers = [new("Host", Host)];
        var request = Canonical(method, target, headers, "host", "UNSIGNED-PAYLOAD");
        return new S3RequestHead(method, $"{target}&X-Amz-Signature={Sign(request)}", headers);
    }

    /// <summary>The signature of the next chunk, or of the trailer lines.</summary>
    public string SignChunk(string previous, ReadOnlySpan<byte> data, bool isTrailer = false)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(data));
        var text = isTrailer
            ? $"AWS4-HMAC-SHA256-TRAILER\n{_timestamp}\n{Scope}\n{previous}\n{hash}"
            : $"AWS4-HMAC-SHA256-PAYLOAD\n{_timestamp}\n{Scope}\n{previous}\n"
                + $"{Convert.ToHexStringLower(SHA256.HashData([]))}\n{hash}";
        return Convert.ToHexStringLower(HMACSHA256.HashData(SigningKey(), Encoding.UTF8.GetBytes(text)));
    }

    public string SignPolicy(string policy) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(SigningKey(), Encoding.UTF8.GetBytes(policy)));

    public static string SeedOf(in S3RequestHead head) => head.Find("Authorization")![^64..];

    private static string Canonical(string method, string target, S3Header[] headers, string names, string payload)
    {
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        var path = mark < 0 ? target : target[..mark];
        var query = mark < 0 ? "" : target[(mark + 1)..];
        var pairs = query
            .Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(piece => (piece + "=").Split('=', 3))
            .Select(parts => (Name: Recode(parts[0]), Value: Recode(parts[1])))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal)
            .ThenBy(pair => pair.Value, StringComparer.Ordinal)
            .Select(pair => $"{pair.Name}={pair.Value}");
        var lines = headers
            .Select(h => (Name: h.Name.ToLowerInvariant(), h.Value))
            .OrderBy(h => h.Name, StringComparer.Ordinal)
            .Select(h => $"{h.Name}:{h.Value}\n");
        return string.Join(
            '\n',
            method,
            string.Join('/', Uri.UnescapeDataString(path).Split('/').Select(Uri.EscapeDataString)),
            string.Join('&', pairs),
            string.Concat(lines),
            names,
            payload
        );
    }

    private static string Recode(string text) => Uri.EscapeDataString(Uri.UnescapeDataString(text));

    private string Sign(string request)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request)));
        var text = $"AWS4-HMAC-SHA256\n{_timestamp}\n{Scope}\n{hash}";
        return Convert.ToHexStringLower(HMACSHA256.HashData(SigningKey(), Encoding.UTF8.GetBytes(text)));
    }

    private byte[] SigningKey()
    {
        Span<byte> secret = stackalloc byte[256];
        key.TryGetSecret(secret, out var length);
        byte[] mac = [.. "AWS4"u8, .. secret[..length]];
        foreach (var part in Scope.Split('/'))
        {
            mac = HMACSHA256.HashData(mac, Encoding.UTF8.GetBytes(part));
        }

        return mac;
    }
}
