using System.Net;
using ControlPanel.Configuration;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Tests.Unit.Support;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>Two whole panels on one PostgreSQL, as an operator would run them.</summary>
public sealed class TwoPanelsTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_made_on_one_panel_works_on_the_other_and_stops_there_with_the_receipt()
    {
        Assert.SkipWhen(PostgresCluster.Programs is null, PostgresCluster.NotInstalled);
        var cluster = (await TestContext.Current.GetFixture<PostgresCluster>())!;
        var database = await cluster.CreateDatabaseAsync(Ct);
        var first = new TestPanel(builder =>
        {
            builder.Configuration["ControlPanel:Store:Postgres"] = database;
            builder.Configuration["ControlPanel:NodeName"] = "first";
        });
        await first.InitializeAsync();
        var folder = Directory.CreateTempSubdirectory("controlpanel-second-");
        try
        {
            // The second node gets the installation's master key and nothing else.
            File.Copy(Path.Combine(first.Data, "master.key"), Path.Combine(folder.FullName, "master.key"));
            var second = await ControlPanelApp.BuildAsync(
                new StartOptions { DataFolder = folder.FullName, BasePort = 0 },
                builder =>
                {
                    builder.Configuration["ControlPanel:Store:Postgres"] = database;
                    builder.Configuration["ControlPanel:NodeName"] = "second";
                }
            );
            await using (second)
            {
                await second.StartAsync(Ct);
                var key = await first.IssueKeyAsync();
                using var client = new HttpClient { BaseAddress = new Uri(second.Addresses.Functions) };
                client.DefaultRequestHeaders.Authorization = TestPanel.Basic($"{key.Id}:{key.Secret}");
                const string Call = "/api/v1/namespaces/_/actions/demo/hello?blocking=true&result=true";
                using (var accepted = await client.PostAsync(Call, content: null, Ct))
                {
                    Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
                }

                var receipt = Must(
                    await first.Get<RevokeNamespaceKey>().ExecuteAsync(first.Owner, first.NamespaceId, key.Id, Ct)
                );
                using var refused = await client.PostAsync(Call, content: null, Ct);
                Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
                Assert.Equal(["first", "second"], receipt.Nodes.Select(n => n.Node).Order());
            }

            // The second one has left: nobody waits for it.
            var last = await first.IssueKeyAsync();
            var alone = Must(
                await first.Get<RevokeNamespaceKey>().ExecuteAsync(first.Owner, first.NamespaceId, last.Id, Ct)
            );
            Assert.Equal("first", Assert.Single(alone.Nodes).Node);
        }
        finally
        {
            await first.DisposeAsync();
            folder.Delete(recursive: true);
        }
    }
}
