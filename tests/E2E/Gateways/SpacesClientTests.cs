using ControlPanel.Tests.E2E.Support;

namespace ControlPanel.Tests.E2E.Gateways;

/// <summary>Unmodified S3 clients against the Spaces gateway: what grants allow works, everything else they report as denied.</summary>
public sealed class SpacesClientTests(Stage stage) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("controlpanel-s3-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Aws_lists_the_granted_buckets_and_their_objects_and_no_others()
    {
        var key = await KeyAsync("final-photos:read", "raw-photos:readwrite");
        var buckets = await OutputAsync(key, "$AWS s3 ls");
        Assert.Equal(["final-photos", "raw-photos"], LastWords(buckets));
        Assert.Contains("beach-final.svg", await OutputAsync(key, "$AWS s3 ls s3://final-photos"), Ordinal);
        await AssertDeniedAsync(key, "$AWS s3 ls s3://marketing-materials");
        await AssertDeniedAsync(key, "$AWS s3 ls s3://no-such-bucket");
    }

    [Fact]
    public async Task Aws_copies_up_and_down_and_reading_never_writes()
    {
        var key = await KeyAsync("final-photos:read", "raw-photos:readwrite");
        await File.WriteAllTextAsync(Path.Combine(_folder, "a.txt"), "photo", Ct);
        await OutputAsync(key, "$AWS s3 cp a.txt s3://raw-photos/aws-cp/a.txt");
        Assert.Equal("photo", await OutputAsync(key, "$AWS s3 cp s3://raw-photos/aws-cp/a.txt -"));
        await OutputAsync(key, "$AWS s3 cp s3://final-photos/beach-final.svg s3://raw-photos/aws-cp/beach.svg");
        await AssertDeniedAsync(key, "$AWS s3 cp a.txt s3://final-photos/a.txt");
        await AssertDeniedAsync(key, "$AWS s3 cp s3://raw-photos/aws-cp/a.txt s3://final-photos/a.txt");
        await AssertDeniedAsync(key, "$AWS s3 rm s3://final-photos/beach-final.svg");
        await AssertDeniedAsync(key, "$AWS s3 cp s3://marketing-materials/slogans.txt -");
        // The source of a copy is read: it needs the right to read there.
        await AssertDeniedAsync(
            key,
            "$AWS s3api copy-object --bucket raw-photos --key stolen --copy-source marketing-materials/slogans.txt"
        );
        await OutputAsync(key, "$AWS s3 rm s3://raw-photos/aws-cp --recursive");
        Assert.NotEqual(0, (await key.RunAsync("$AWS s3 ls s3://raw-photos/aws-cp/", Ct)).ExitCode);
    }

    [Fact]
    public async Task Aws_synchronises_odd_names_both_ways()
    {
        var key = await KeyAsync("raw-photos:readwrite");
        var up = Directory.CreateDirectory(Path.Combine(_folder, "up", "sub folder")).Parent!;
        await File.WriteAllTextAsync(Path.Combine(up.FullName, "plain"), "1", Ct);
        await File.WriteAllTextAsync(Path.Combine(up.FullName, "empty"), "", Ct);
        await File.WriteAllTextAsync(Path.Combine(up.FullName, "sub folder", "ü + % & = ~ 你.txt"), "2", Ct);
        await OutputAsync(key, "$AWS s3 sync up s3://raw-photos/aws-sync");
        await OutputAsync(key, "$AWS s3 sync s3://raw-photos/aws-sync down");
        await OutputAsync(key, "diff -r up down");
        Assert.Equal("", await OutputAsync(key, "$AWS s3 sync up s3://raw-photos/aws-sync"));
    }

    [Fact]
    public async Task Aws_uploads_20_mebibytes_in_parts_and_gets_them_back()
    {
        var key = await KeyAsync("raw-photos:readwrite");
        await OutputAsync(key, "head -c 20971520 /dev/urandom > big");
        await OutputAsync(key, "$AWS s3 cp --only-show-errors big s3://raw-photos/big");
        Assert.EndsWith("-3\"\n", Unescape(await OutputAsync(key, HeadETag("big"))), Ordinal);
        await OutputAsync(key, "$AWS s3 cp --only-show-errors s3://raw-photos/big back && cmp big back");
        await OutputAsync(key, "$AWS s3 rm s3://raw-photos/big");
    }

    [Fact]
    public async Task A_link_reads_one_object_until_its_key_is_deleted()
    {
        var key = await KeyAsync("final-photos:read");
        var link = (await OutputAsync(key, "$AWS s3 presign s3://final-photos/beach-final.svg")).Trim();
        using var client = new HttpClient();
        Assert.StartsWith("<svg", await client.GetStringAsync(link, Ct), Ordinal);
        using (var other = await client.GetAsync(link.Replace("beach-final", "beach-other", Ordinal), Ct))
        {
            Assert.Contains("<Code>SignatureDoesNotMatch</Code>", await other.Content.ReadAsStringAsync(Ct), Ordinal);
        }

        await key.DeleteAsync(Ct);
        using var refused = await client.GetAsync(link, Ct);
        Assert.Equal(403, (int)refused.StatusCode);
        Assert.Contains("<Code>InvalidAccessKeyId</Code>", await refused.Content.ReadAsStringAsync(Ct), Ordinal);
    }

    [Fact]
    public async Task Rclone_copies_checks_and_is_denied_in_words()
    {
        var key = await KeyAsync("final-photos:read", "raw-photos:readwrite");
        Directory.CreateDirectory(Path.Combine(_folder, "up"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "up", "a ü.txt"), "photo", Ct);
        await OutputAsync(key, "head -c 12582912 /dev/urandom > up/large");
        await OutputAsync(
            key,
            "rclone copy up s:raw-photos/rclone --s3-upload-cutoff 5M --s3-chunk-size 5M && rclone check up s:raw-photos/rclone"
        );
        Assert.Equal(2, (await OutputAsync(key, "rclone lsf s:raw-photos/rclone")).Trim().Split('\n').Length);
        await AssertDeniedAsync(key, "rclone copy up s:final-photos/rclone");
        await AssertDeniedAsync(key, "rclone ls s:marketing-materials");
        await OutputAsync(key, "rclone purge s:raw-photos/rclone");
    }

    [Fact]
    public async Task S3cmd_puts_gets_and_lists_with_both_signatures()
    {
        var key = await KeyAsync("final-photos:read", "raw-photos:readwrite");
        await File.WriteAllTextAsync(Path.Combine(_folder, "a.txt"), "photo", Ct);
        await OutputAsync(key, "$S3CMD put a.txt s3://raw-photos/s3cmd/a.txt");
        await OutputAsync(key, "$S3CMD --signature-v2 put a.txt s3://raw-photos/s3cmd/b.txt");
        Assert.Equal("photo", await OutputAsync(key, "$S3CMD --quiet get s3://raw-photos/s3cmd/a.txt -"));
        Assert.Contains("b.txt", await OutputAsync(key, "$S3CMD ls s3://raw-photos/s3cmd/"), Ordinal);
        var link = (await OutputAsync(key, "$S3CMD signurl s3://raw-photos/s3cmd/b.txt +60")).Trim();
        Assert.Equal("photo", await OutputAsync(key, $"curl -sf '{link}'"));
        await AssertDeniedAsync(key, "$S3CMD put a.txt s3://final-photos/a.txt");
        await AssertDeniedAsync(key, "$S3CMD ls s3://marketing-materials");
        await OutputAsync(key, "$S3CMD del --recursive --force s3://raw-photos/s3cmd/");
    }

    [Fact]
    public async Task A_bucket_taken_out_of_the_grants_is_refused_on_the_next_request()
    {
        var key = await KeyAsync("final-photos:read", "raw-photos:readwrite");
        await OutputAsync(key, "$AWS s3 ls s3://final-photos");
        await key.GrantAsync(Ct, "raw-photos:read");
        await AssertDeniedAsync(key, "$AWS s3 ls s3://final-photos");
        Assert.Equal(["raw-photos"], LastWords(await OutputAsync(key, "$AWS s3 ls")));
        await AssertDeniedAsync(key, "echo x | $AWS s3 cp - s3://raw-photos/no-more");
        await key.GrantAsync(Ct);
        await AssertDeniedAsync(key, "$AWS s3 ls s3://raw-photos");
        await key.GrantAsync(Ct, "final-photos:read");
        await OutputAsync(key, "$AWS s3 ls s3://final-photos");
    }

    [Fact]
    public async Task A_deleted_key_is_refused_on_the_next_request()
    {
        var key = await KeyAsync("raw-photos:readwrite");
        await OutputAsync(key, "$AWS s3 ls s3://raw-photos");
        await key.DeleteAsync(Ct);
        foreach (
            var line in (string[])["$AWS s3 ls s3://raw-photos", "rclone ls s:raw-photos", "$S3CMD ls s3://raw-photos"]
        )
        {
            var (exit, output, error) = await key.RunAsync(line, Ct, _folder);
            Assert.NotEqual(0, exit);
            Assert.Contains("InvalidAccessKeyId", output + error, Ordinal);
        }
    }

    [Fact]
    public async Task Full_access_makes_and_removes_buckets_and_limited_access_does_not()
    {
        var full = await KeyAsync(":fullaccess");
        await OutputAsync(full, "$AWS s3 mb s3://made-by-aws");
        Assert.Contains("made-by-aws", LastWords(await OutputAsync(full, "$AWS s3 ls")));
        await OutputAsync(full, "$AWS s3 rb s3://made-by-aws");
        var limited = await KeyAsync("raw-photos:readwrite");
        await AssertDeniedAsync(limited, "$AWS s3 mb s3://made-by-aws");
        await AssertDeniedAsync(limited, "$AWS s3 rb s3://raw-photos");
        await AssertDeniedAsync(limited, "$AWS s3api put-bucket-acl --bucket raw-photos --acl public-read");
    }

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private Task<SpacesKey> KeyAsync(params string[] grants) => SpacesKey.CreateAsync(stage.Server, Ct, grants);

    private async Task<string> OutputAsync(SpacesKey key, string line)
    {
        var (exit, output, error) = await key.RunAsync(line, Ct, _folder);
        Assert.True(exit == 0, $"{line}\n{output}{error}");
        return output;
    }

    // Refused, and the person at the terminal reads why. A HEAD has no body to say it in, so there it is "Forbidden".
    private async Task AssertDeniedAsync(SpacesKey key, string line)
    {
        var (exit, output, error) = await key.RunAsync("set -o pipefail; " + line, Ct, _folder);
        Assert.True(exit != 0, $"{line}\n{output}{error}");
        Assert.Matches("AccessDenied|Access Denied|was denied|Forbidden", output + error);
    }

    private static List<string> LastWords(string lines) =>
        [
            .. lines
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(' ')[^1])
                .Order(StringComparer.Ordinal),
        ];

    private static string HeadETag(string key) =>
        $"$AWS s3api head-object --bucket raw-photos --key {key} --query ETag --output text";

    private static string Unescape(string text) => text.Replace("\\", "", Ordinal);
}
