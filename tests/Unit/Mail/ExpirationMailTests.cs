using System.Net.Http.Json;
using System.Text.RegularExpressions;
using ControlPanel.Data.Expirations;
using ControlPanel.Data.Model;
using ControlPanel.Data.Providers;
using ControlPanel.Mail;
using ControlPanel.Tests.Unit.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace ControlPanel.Tests.Unit.Mail;

/// <summary>What the whole product mails once a mail server is set.</summary>
public sealed partial class ExpirationMailTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Makers_and_owners_are_mailed_of_keys_that_expire_soon_with_a_link_and_once()
    {
        using var server = new MailServer();
        await using var panel = new TestPanel(b => Use(b.Configuration, server.Port));
        await panel.InitializeAsync();
        var mateo = await panel.ActorAsync("mateo@demo.test");
        await MakeAsync(panel, mateo.UserId, mateo.TeamId, "mateos-deploy", TimeSpan.FromDays(6.2));
        await MakeAsync(panel, panel.Owner.UserId, panel.Owner.TeamId, "olivias-deploy", TimeSpan.FromHours(20));
        // What the example data holds is told of at the start; here it is about the two keys.
        await panel.Get<ExpirationMarks>().MarkAsync(Ct);
        await using (var transaction = await panel.Get<IControlPanelStore>().BeginWriteAsync(Ct))
        {
            var two = transaction.Db.AccessKeys.Where(k => k.Name.EndsWith("s-deploy")).Select(k => k.Id);
            await transaction.Db.ExpirationNotices.Where(n => !two.Contains(n.KeyId)).ExecuteDeleteAsync(Ct);
            await transaction.Db.ExpirationNotices.ExecuteUpdateAsync(
                set =>
                    set.SetProperty(n => n.SentAt, (DateTimeOffset?)null)
                        .SetProperty(n => n.TakenUntil, (DateTimeOffset?)null),
                Ct
            );
            await transaction.CommitAsync(Ct);
        }

        while (server.Mails.TryDequeue(out _)) { }

        Assert.Equal(2, await panel.Get<ExpirationMail>().SendDueAsync(Ct));
        Assert.Equal(0, await panel.Get<ExpirationMail>().SendDueAsync(Ct));
        var mails = server.Mails.ToDictionary(m => Recipient().Match(m).Groups[1].Value, MailServer.TextOf);
        Assert.Equal(["mateo@demo.test", "olivia@demo.test"], mails.Keys.Order(StringComparer.Ordinal));
        var (maker, owner) = (mails["mateo@demo.test"], mails["olivia@demo.test"]);
        Assert.Contains(
            "- mateos-deploy, namespace image-tools, made by you: in 6 days,",
            maker,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("olivias-deploy", maker, StringComparison.Ordinal);
        Assert.Contains("- mateos-deploy, namespace image-tools: in 6 days,", owner, StringComparison.Ordinal);
        Assert.Contains(
            "- olivias-deploy, namespace image-tools, made by you: in 20 hours,",
            owner,
            StringComparison.Ordinal
        );
        Assert.All(
            mails.Values,
            m => Assert.Contains($"{panel.Panel.AbsoluteUri}expiring", m, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task An_invitation_by_the_api_is_mailed_as_well()
    {
        using var server = new MailServer();
        await using var panel = new TestPanel(b => Use(b.Configuration, server.Port));
        await panel.InitializeAsync();
        using var client = panel.ApiClient();
        using var answer = await client.PostAsJsonAsync(
            "/v2/team/invitations",
            new { email = "nina@demo.test", role = "member" },
            Ct
        );
        var body = await answer.Content.ReadAsStringAsync(Ct);
        Assert.True(answer.StatusCode == System.Net.HttpStatusCode.Created, body);
        var mail = server.Mails.Single(m => m.Contains("RCPT TO:<nina@demo.test>", StringComparison.Ordinal));
        using var json = System.Text.Json.JsonDocument.Parse(body);
        var link = json.RootElement.GetProperty("invitation").GetProperty("link").GetString()!;
        Assert.Contains(link, MailServer.TextOf(mail), StringComparison.Ordinal);
        Assert.Contains("olivia@demo.test invites you", MailServer.TextOf(mail), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_server_that_is_away_keeps_nothing_from_being_told_later()
    {
        var server = new MailServer(refuses: true);
        await using var panel = new TestPanel(b => Use(b.Configuration, server.Port));
        await panel.InitializeAsync();
        await MakeAsync(panel, panel.Owner.UserId, panel.Owner.TeamId, "olivias-deploy", TimeSpan.FromHours(20));
        await panel.Get<ExpirationMarks>().MarkAsync(Ct);
        await panel.Get<ExpirationMail>().SendDueAsync(Ct);
        server.Dispose();
        await using var db = panel.Get<IControlPanelStore>().OpenRead();
        var notices = await db.ExpirationNotices.Where(n => n.UserId == panel.Owner.UserId).ToListAsync(Ct);
        Assert.NotEmpty(notices);
        Assert.All(notices, n => Assert.Null(n.SentAt));
        Assert.Empty(server.Mails);
    }

    private static void Use(ConfigurationManager configuration, int port) =>
        configuration.AddInMemoryCollection(
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["ControlPanel:Mail:Host"] = "127.0.0.1",
                ["ControlPanel:Mail:Port"] = port.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ["ControlPanel:Mail:StartTls"] = "false",
                ["ControlPanel:Mail:From"] = "panel@example.com",
            }
        );

    // As made long ago: a key that is made for a day is not told of within 30.
    private static async Task MakeAsync(TestPanel panel, Guid owner, Guid team, string name, TimeSpan left)
    {
        var now = panel.Get<TimeProvider>().GetUtcNow();
        var id = Guid.CreateVersion7(now);
        await using var transaction = await panel.Get<IControlPanelStore>().BeginWriteAsync(Ct);
        transaction.Db.AccessKeys.Add(
            new AccessKey
            {
                Id = id,
                Family = ControlPanel.Verification.Keys.KeyFamily.Functions,
                TeamId = team,
                OwnerId = owner,
                LookupId = id.ToByteArray(),
                PublicId = $"dof_v1_{id:N}",
                Name = name,
                SecretMac = new byte[32],
                NamespaceId = panel.NamespaceId,
                CreatedAt = now.AddDays(-90),
                UpdatedAt = now.AddDays(-90),
                ExpiresAt = now + left,
                ChangeVersion = await transaction.TickAsync(Ct),
            }
        );
        await transaction.CommitAsync(Ct);
    }

    [GeneratedRegex("RCPT TO:<([^>]+)>")]
    private static partial Regex Recipient();
}
