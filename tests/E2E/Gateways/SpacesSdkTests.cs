using System.Globalization;
using System.Text.Json;
using ControlPanel.Tests.E2E.Support;

namespace ControlPanel.Tests.E2E.Gateways;

/// <summary>What programs use instead of commands: boto3, Amazon's npm client, restic.</summary>
public sealed class SpacesSdkTests(Stage stage) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("controlpanel-sdk-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static string Clients => Path.Combine(Repository.Root, "tests", "E2E", "clients");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_npm_client_streams_uploads_in_parts_links_and_forms_come_back_unchanged()
    {
        var key = await SpacesKey.CreateAsync(stage.Server, Ct, "final-photos:read", "raw-photos:readwrite");
        var result = await RunAsync(key, "node s3.js tour", "raw-photos");
        Assert.All(result.GetProperty("same").EnumerateObject(), p => Assert.True(p.Value.GetBoolean(), p.Name));
        Assert.Equal("fjord", result.GetProperty("place").GetString());
        Assert.Equal((200, 204), (result.GetProperty("linked").GetInt32(), result.GetProperty("posted").GetInt32()));
        Assert.Equal(6, result.GetProperty("removed").GetInt32());
        Assert.Equal(
            ["final-photos", "raw-photos"],
            result.GetProperty("buckets").EnumerateArray().Select(b => b.GetString())
        );
    }

    [Fact]
    public async Task Boto3_works_with_both_signatures_in_headers_links_and_forms()
    {
        var key = await SpacesKey.CreateAsync(stage.Server, Ct, "raw-photos:readwrite");
        var result = await RunAsync(key, "/usr/bin/python3 s3.py tour", "raw-photos");
        foreach (var signature in (string[])["s3v4", "s3"])
        {
            var one = result.GetProperty(signature);
            Assert.True(one.GetProperty("same").GetBoolean(), signature);
            Assert.Equal((204, 4), (one.GetProperty("posted").GetInt32(), one.GetProperty("listed").GetInt32()));
        }
    }

    [Theory]
    [InlineData("node s3.js")]
    [InlineData("/usr/bin/python3 s3.py")]
    public async Task Every_kind_of_key_may_exactly_what_it_says(string client)
    {
        (string[] Grants, string Read, string Write)[] kinds =
        [
            ([":fullaccess"], "ok", "ok"),
            (["raw-photos:readwrite"], "ok", "ok"),
            (["raw-photos:read"], "ok", "AccessDenied"),
            (["final-photos:readwrite"], "AccessDenied", "AccessDenied"),
            ([], "AccessDenied", "AccessDenied"),
        ];
        foreach (var (grants, read, write) in kinds)
        {
            var key = await SpacesKey.CreateAsync(stage.Server, Ct, grants);
            var result = await RunAsync(key, $"{client} probe", "raw-photos");
            Assert.Equal(
                (read, write),
                (result.GetProperty("read").GetString(), result.GetProperty("write").GetString())
            );
        }

        var deleted = await SpacesKey.CreateAsync(stage.Server, Ct, "raw-photos:readwrite");
        await deleted.DeleteAsync(Ct);
        var refused = await RunAsync(deleted, $"{client} probe", "raw-photos");
        Assert.Equal("InvalidAccessKeyId", refused.GetProperty("read").GetString());
        Assert.Equal("InvalidAccessKeyId", refused.GetProperty("write").GetString());
    }

    [Fact]
    public async Task Restic_backs_up_checks_and_restores()
    {
        var key = await SpacesKey.CreateAsync(stage.Server, Ct, "raw-photos:readwrite", "final-photos:read");
        var line =
            $"export RESTIC_PASSWORD=test RESTIC_REPOSITORY=s3:{stage.Server.Spaces}/raw-photos/restic; "
            + "mkdir -p data && head -c 3000000 /dev/urandom > data/photo && "
            + "restic init -q && restic backup -q data && restic check -q --read-data && "
            + "restic restore -q latest --target back && cmp data/photo back/data/photo && "
            + "restic forget -q --prune --keep-last 1 && rclone purge s:raw-photos/restic && "
            + $"! RESTIC_REPOSITORY=s3:{stage.Server.Spaces}/final-photos/restic restic init";
        var (exit, output, error) = await key.RunAsync(line, Ct, _folder);
        Assert.True(exit == 0, output + error);
        Assert.Contains("Access Denied", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Large_uploads_pass_in_bounded_memory()
    {
        // The full size, 1 GiB, with CONTROLPANEL_TEST_SCALE=1; an eighth of it in a build.
        var share =
            double.TryParse(
                Environment.GetEnvironmentVariable("CONTROLPANEL_TEST_SCALE"),
                NumberStyles.Float,
                CultureInfo.InvariantCulture,
                out var s
            )
            && s > 0
                ? s
                : 0.125;
        var mebibytes = (int)Math.Clamp(1024 * share, 128, 1024);
        var key = await SpacesKey.CreateAsync(stage.Server, Ct, "raw-photos:readwrite");
        await RunAsync(key, "node s3.js large", "raw-photos 8");
        var before = PeakMemory();
        var decoded = await RunAsync(key, "node s3.js large", $"raw-photos {mebibytes}");
        Assert.Equal(mebibytes * 1024L * 1024, decoded.GetProperty("length").GetInt64());
        var (exit, output, error) = await key.RunAsync(
            $"truncate -s {mebibytes}M large && curl -sf --aws-sigv4 aws:amz:nyc3:s3 "
                + "--user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "
                + $"-T large {stage.Server.Spaces}/raw-photos/large && $AWS s3 cp s3://raw-photos/large - | cmp - large && "
                + "$AWS s3 rm s3://raw-photos/large",
            Ct,
            _folder
        );
        Assert.True(exit == 0, output + error);
        var grown = PeakMemory() - before;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"two uploads of {mebibytes} MiB and one download: the server's peak grew by {grown >> 20} MiB"
        );
        Assert.True(grown < 96L << 20, $"The server's memory grew by {grown >> 20} MiB.");
    }

    private static async Task<JsonElement> RunAsync(SpacesKey key, string command, string arguments)
    {
        Assert.SkipUnless(
            !command.StartsWith("node", StringComparison.Ordinal)
                || Directory.Exists(Path.Combine(Clients, "node_modules", "@aws-sdk", "client-s3")),
            "The npm client is not installed; ./test installs it."
        );
        var (exit, output, error) = await key.RunAsync($"{command} {key.Endpoint} {arguments}", Ct, Clients);
        Assert.True(exit == 0, output + error);
        using var result = JsonDocument.Parse(output);
        return result.RootElement.Clone();
    }

    // The most memory the server ever had, in bytes.
    private long PeakMemory() =>
        1024
        * long.Parse(
            File.ReadLines($"/proc/{stage.Server.ProcessId}/status")
                .First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
            CultureInfo.InvariantCulture
        );
}
