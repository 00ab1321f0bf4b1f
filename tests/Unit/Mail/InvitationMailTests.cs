using System.Net;
using System.Net.Sockets;
using ControlPanel.Configuration;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Mail;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ControlPanel.Tests.Unit.Mail;

/// <summary>Invitations by mail, as a mail server receives them.</summary>
public sealed class InvitationMailTests
{
    private const string Link = "https://panel.example.com/account/invitation#the-code";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_mail_server_receives_the_link_for_whom_it_is()
    {
        using var server = new MailServer();
        Assert.Equal(MailOutcome.Sent, await SendAsync(server.Port, "nina@demo.test", "Fotos für alle"));
        var mail = Assert.Single(server.Mails);
        Assert.Contains("MAIL FROM:<panel@example.com>", mail, StringComparison.Ordinal);
        Assert.Contains("RCPT TO:<nina@demo.test>", mail, StringComparison.Ordinal);
        var body = MailServer.TextOf(mail);
        Assert.Contains(Link, body, StringComparison.Ordinal);
        Assert.Contains("olivia@demo.test invites you to the team Fotos für alle", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_mail_server_nothing_is_sent_and_one_that_refuses_or_is_not_there_is_said()
    {
        var none = new MailDesk(Options.Create(new PanelOptions()), NullLogger<MailDesk>.Instance);
        Assert.False(none.IsSetUp);
        Assert.Equal(MailOutcome.NotSetUp, await none.SendAsync("a@b.test", "Hello", "Text", "A mail", Ct));

        using (var refusing = new MailServer(refuses: true))
        {
            Assert.Equal(MailOutcome.Failed, await SendAsync(refusing.Port, "nina@demo.test", "T"));
            Assert.Empty(refusing.Mails);
        }

        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        Assert.Equal(MailOutcome.Failed, await SendAsync(port, "nina@demo.test", "T"));
    }

    [Fact]
    public async Task A_server_without_tls_gets_nothing_where_tls_is_wanted()
    {
        using var server = new MailServer();
        Assert.Equal(MailOutcome.Failed, await SendAsync(server.Port, "nina@demo.test", "T", startTls: true));
        Assert.Empty(server.Mails);
        Assert.DoesNotContain(server.Lines, l => l.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_that_cannot_work_keep_the_server_from_starting()
    {
        Assert.Empty(Errors(("Mail:Host", "mail.example.com"), ("Mail:From", "ControlPanel <panel@example.com>")));
        // Without a host the rest is not looked at.
        Assert.Empty(Errors(("Mail:From", "nobody")));
        Assert.Equal(
            [
                "ControlPanel:Mail:Port must be from 1 to 65535, not smtp.",
                "ControlPanel:Mail:Host must be a host name such as mail.example.com, not mail server.",
                "ControlPanel:Mail:From must be an e-mail address such as panel@example.com.",
                "ControlPanel:Mail:UserName needs StartTls: the password would be sent in clear text.",
            ],
            Errors(
                ("Mail:Host", "mail server"),
                ("Mail:Port", "smtp"),
                ("Mail:From", "nobody"),
                ("Mail:StartTls", "false"),
                ("Mail:UserName", "panel")
            )
        );
    }

    private static IReadOnlyList<string> Errors(params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(s => $"ControlPanel:{s.Name}", s => (string?)s.Value))
            .Build();
        PanelOptions.Read(configuration, out var errors);
        return errors;
    }

    private static async Task<MailOutcome> SendAsync(int port, string to, string team, bool startTls = false)
    {
        var mail = new InvitationMail(MailServer.DeskTo(port, startTls));
        using var code = new Secret("the-code");
        return await mail.SendAsync(
            new InvitationLink(
                new InvitationRow(Guid.Empty, to, TeamRole.Member, "olivia@demo.test", default, default),
                team,
                code
            ),
            Link,
            Ct
        );
    }
}
