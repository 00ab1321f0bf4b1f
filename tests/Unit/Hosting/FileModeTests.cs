using System.Runtime.Versioning;
using ControlPanel.Configuration;

namespace ControlPanel.Tests.Unit.Hosting;

/// <summary>Nobody but the owner of the process reads what the data folder holds.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class FileModeTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _folder = Directory.CreateTempSubdirectory("controlpanel-modes-").FullName;

    [Fact]
    public async Task Secrets_and_database_are_their_owners_alone_even_in_an_open_folder()
    {
        var open = Path.Combine(_folder, "open");
        Directory.CreateDirectory(
            open,
            OwnerOnly | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute
        );

        await StartAndStopAsync(
            open,
            () =>
            {
                foreach (var name in new[] { "master.key", "demo.json", "controlpanel.db", "controlpanel.db-wal" })
                {
                    Assert.Equal((name, OwnerOnly), (name, File.GetUnixFileMode(Path.Combine(open, name))));
                }

                Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(open, "keys")));
            }
        );
    }

    [Fact]
    public async Task A_new_data_folder_is_open_to_its_owner_alone()
    {
        var made = Path.Combine(_folder, "a", "b");

        await StartAndStopAsync(
            made,
            () => Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(made))
        );
    }

    [Fact]
    public async Task Data_protection_keys_lie_encrypted()
    {
        var data = Path.Combine(_folder, "keyring");

        await StartAndStopAsync(
            data,
            () =>
            {
                var keys = Directory.GetFiles(Path.Combine(data, "keys"), "key-*.xml");
                Assert.NotEmpty(keys);
                Assert.All(
                    keys.Select(File.ReadAllText),
                    text =>
                    {
                        Assert.Contains("<sealed", text, StringComparison.Ordinal);
                        Assert.DoesNotContain("<masterKey", text, StringComparison.Ordinal);
                    }
                );
            }
        );
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task StartAndStopAsync(string data, Action look)
    {
        await using var app = await ControlPanelApp.BuildAsync(
            new StartOptions
            {
                Demo = true,
                DataFolder = data,
                BasePort = 0,
            }
        );
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient();
        // A page with a form needs the first data-protection key.
        await client.GetStringAsync($"{app.Addresses.Panel}/account/login", TestContext.Current.CancellationToken);
        look();
    }
}
