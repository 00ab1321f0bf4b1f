using System.Net;
using System.Net.Sockets;
using ControlPanel.Configuration;
using ControlPanel.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;

namespace ControlPanel.Tests.Unit.Hosting;

/// <summary>Whatever keeps the server from starting is said in one clear line, with an exit code other than 0.</summary>
public sealed class StartRefusalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("controlpanel-start-").FullName;

    private string Data => Path.Combine(_folder, "data");

    private string KeyFile => Path.Combine(Data, "master.key");

    [Fact]
    public async Task A_wrong_option_ends_the_process_with_one_line_and_exit_code_2()
    {
        var (code, output, errors) = await ServerProcess.RunAsync(ServerProcess.Command(_folder, ["--wat"]));

        Assert.Equal(2, code);
        Assert.Equal("", output);
        Assert.Equal("ControlPanel: Unknown option --wat; ./run --help shows the options\n", errors);
    }

    [Fact]
    public async Task A_taken_port_ends_the_process_with_one_line_and_exit_code_1()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var (code, output, errors) = await ServerProcess.RunAsync(
            ServerProcess.Command(_folder, ["--data", "mine", "--base-port", $"{port}"])
        );

        Assert.Equal(1, code);
        Assert.Equal("", output);
        Assert.Equal(
            $"ControlPanel: Port {port} or one of the three after it is taken; choose others with --base-port.\n",
            errors
        );
        // Relative to where the user stands.
        Assert.True(File.Exists(Path.Combine(_folder, "mine", "master.key")));
    }

    [Fact]
    public async Task Wrong_settings_end_the_process_with_one_line_that_names_them_all()
    {
        var (code, output, errors) = await ServerProcess.RunAsync(
            ServerProcess.Command(
                _folder,
                ["--data", Data],
                ("CONTROLPANEL__LEASESECONDS", "soon"),
                ("CONTROLPANEL__LISTEN", "everywhere")
            )
        );

        Assert.Equal(1, code);
        Assert.Equal("", output);
        Assert.Equal(
            "ControlPanel: ControlPanel:LeaseSeconds must be from 1 to 60, not soon. "
                + "ControlPanel:Listen must be an IP address, not everywhere.\n",
            errors
        );
        // Nothing was touched before the settings were known to be right.
        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public async Task A_data_folder_in_use_by_another_process_is_refused()
    {
        await using var first = await BuildAsync();

        var (code, output, errors) = await ServerProcess.RunAsync(ServerProcess.Command(_folder, ["--data", Data]));

        Assert.Equal(1, code);
        Assert.Equal("", output);
        Assert.Equal($"ControlPanel: The data folder {Data} is in use by another ControlPanel process.\n", errors);
    }

    [Fact]
    public async Task Any_of_the_four_ports_being_taken_is_found()
    {
        for (var door = 0; door < 4; door++)
        {
            using var taken = new TcpListener(IPAddress.Loopback, 0);
            taken.Start();
            var basePort = ((IPEndPoint)taken.LocalEndpoint).Port - door;
            await using var app = await BuildAsync(basePort);

            var refused = await Assert.ThrowsAsync<StartRefusedException>(() =>
                app.StartAsync(TestContext.Current.CancellationToken)
            );

            Assert.Contains(
                $"Port {basePort} or one of the three after it is taken",
                refused.Message,
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public async Task An_address_that_is_not_this_machines_is_refused()
    {
        // 192.0.2.0/24 is for documentation (RFC 5737) and nobody's.
        await using var app = await ControlPanelApp.BuildAsync(
            new StartOptions { DataFolder = Data, BasePort = 0 },
            builder => builder.Configuration["ControlPanel:Listen"] = "192.0.2.7"
        );

        var refused = await Assert.ThrowsAsync<StartRefusedException>(() =>
            app.StartAsync(TestContext.Current.CancellationToken)
        );

        Assert.StartsWith("The server cannot listen on 192.0.2.7", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public async Task An_existing_database_without_its_master_key_is_refused_and_no_new_key_is_made()
    {
        await using (await BuildAsync()) { }
        File.Delete(KeyFile);

        Assert.Equal(
            $"The master key {KeyFile} is missing; put it back from your backup. Without it no key can be verified.",
            await RefusalAsync()
        );
        Assert.False(File.Exists(KeyFile));
    }

    [Fact]
    public async Task Another_databases_master_key_is_refused()
    {
        await using (await BuildAsync()) { }
        var right = await File.ReadAllTextAsync(KeyFile, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            KeyFile,
            $"1 {Convert.ToBase64String(new byte[32])}\n",
            TestContext.Current.CancellationToken
        );

        Assert.Equal(
            $"The master key in {Data} is not the one this database was made with; put the right master.key back.",
            await RefusalAsync()
        );

        await File.WriteAllTextAsync(KeyFile, right, TestContext.Current.CancellationToken);
        await using (await BuildAsync()) { }
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n")]
    [InlineData("1 c2hvcnQ=\n")]
    [InlineData("one AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("1\n")]
    [InlineData("0 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    public async Task A_damaged_master_key_is_refused(string content)
    {
        await using (await BuildAsync()) { }
        await File.WriteAllTextAsync(KeyFile, content, TestContext.Current.CancellationToken);

        Assert.Matches(
            $"^The master key {KeyFile} is (damaged|empty); put it back from your backup.$",
            await RefusalAsync()
        );
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    public async Task A_master_key_that_others_can_read_or_write_is_refused(UnixFileMode others)
    {
        await using (await BuildAsync()) { }
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
        }

        Assert.Equal($"The master key {KeyFile} can be read by others; run: chmod 600 {KeyFile}", await RefusalAsync());
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused_and_left_as_it_is()
    {
        await using (await BuildAsync()) { }
        await ExecuteAsync("INSERT INTO \"__EFMigrationsHistory\" VALUES ('20990101000000_FromTheFuture', '99.0.0')");

        Assert.Equal(
            "The database was written by a newer version of ControlPanel (it has 20990101000000_FromTheFuture); "
                + "start that version.",
            await RefusalAsync()
        );
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused()
    {
        await using (await BuildAsync()) { }
        await File.WriteAllTextAsync(
            Path.Combine(Data, "controlpanel.db"),
            new string('x', 4096),
            TestContext.Current.CancellationToken
        );

        Assert.StartsWith("The database cannot be opened: ", await RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_that_is_a_file_is_refused()
    {
        await File.WriteAllTextAsync(Data, "", TestContext.Current.CancellationToken);

        Assert.StartsWith($"The data folder {Data} cannot be used: ", await RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_demo_did_not_make_is_refused_by_demo()
    {
        await using (var demo = await BuildAsync(demo: true))
        {
            await demo.StartAsync(TestContext.Current.CancellationToken);
        }

        // Without its file it is as good as anybody's.
        File.Delete(Path.Combine(Data, "demo.json"));
        await using var again = await BuildAsync(demo: true);
        var refused = await Assert.ThrowsAsync<StartRefusedException>(() =>
            again.StartAsync(TestContext.Current.CancellationToken)
        );

        Assert.Equal(
            $"{Data} holds data that was not made by --demo; choose another folder with --data.",
            refused.Message
        );
    }

    [Fact]
    public async Task A_first_demo_start_that_found_a_port_taken_can_be_repeated_with_other_ports()
    {
        using (var taken = new TcpListener(IPAddress.Loopback, 0))
        {
            taken.Start();
            await using var first = await BuildAsync(((IPEndPoint)taken.LocalEndpoint).Port, demo: true);
            await Assert.ThrowsAsync<StartRefusedException>(() =>
                first.StartAsync(TestContext.Current.CancellationToken)
            );
        }

        await using var second = await BuildAsync(demo: true);
        await second.StartAsync(TestContext.Current.CancellationToken);

        using var client = new HttpClient();
        Assert.Equal(
            "ready\n",
            await client.GetStringAsync($"{second.Addresses.Panel}/health/ready", TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public async Task Demo_listens_on_the_loopback_whatever_is_set()
    {
        await using var app = await ControlPanelApp.BuildAsync(
            new StartOptions
            {
                Demo = true,
                DataFolder = Data,
                BasePort = 0,
            },
            builder => builder.Configuration["ControlPanel:Listen"] = "0.0.0.0"
        );
        await app.StartAsync(TestContext.Current.CancellationToken);

        foreach (var address in new[] { app.Addresses.Panel, app.Addresses.Functions, app.Addresses.Spaces })
        {
            Assert.StartsWith("http://127.0.0.1:", address, StringComparison.Ordinal);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<ControlPanelApp> BuildAsync(int basePort = 0, bool demo = false) =>
        ControlPanelApp.BuildAsync(
            new StartOptions
            {
                Demo = demo,
                DataFolder = Data,
                BasePort = basePort,
            }
        );

    private async Task<string> RefusalAsync()
    {
        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => BuildAsync());
        Assert.DoesNotContain('\n', refused.Message);
        return refused.Message;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection(
            $"Data Source={Path.Combine(Data, "controlpanel.db")};Pooling=False"
        );
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
