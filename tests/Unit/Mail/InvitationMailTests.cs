using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ControlPanel.Configuration;
using ControlPanel.Mail;
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
        var body = Encoding.UTF8.GetString(
            Convert.FromBase64String(mail[mail.IndexOf("\n\n", StringComparison.Ordinal)..])
        );
        Assert.Contains(Link, body, StringComparison.Ordinal);
        Assert.Contains("olivia@demo.test invites you to the team Fotos für alle", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_mail_server_nothing_is_sent_and_one_that_refuses_or_is_not_there_is_said()
    {
        var none = new InvitationMail(Options.Create(new PanelOptions()), NullLogger<InvitationMail>.Instance);
        Assert.Equal(MailOutcome.NotSetUp, await none.SendAsync("a@b.test", "T", "o@b.test", Link, Ct));

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

    private static Task<MailOutcome> SendAsync(int port, string to, string team, bool startTls = false)
    {
        var options = new PanelOptions
        {
            Mail =
            {
                Host = "127.0.0.1",
                Port = port,
                StartTls = startTls,
                From = "ControlPanel <panel@example.com>",
            },
        };
        var mail = new InvitationMail(Options.Create(options), NullLogger<InvitationMail>.Instance);
        return mail.SendAsync(to, team, "olivia@demo.test", Link, Ct);
    }

    /// <summary>The little of SMTP (RFC 5321) that a client needs to hand over mails.</summary>
    private sealed class MailServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly bool _refuses;

        public MailServer(bool refuses = false)
        {
            _refuses = refuses;
            _listener.Start();
            _ = AcceptAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public ConcurrentQueue<string> Mails { get; } = [];

        public ConcurrentQueue<string> Lines { get; } = [];

        public void Dispose() => _listener.Dispose();

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync(Ct);
                    await ServeAsync(client.GetStream());
                }
            }
            catch (Exception e)
                when (e is SocketException or ObjectDisposedException or IOException or OperationCanceledException)
            {
                // The test is over.
            }
        }

        private async Task ServeAsync(NetworkStream stream)
        {
            using var reader = new StreamReader(stream, Encoding.Latin1);
            await using var writer = new StreamWriter(stream, Encoding.Latin1) { NewLine = "\r\n", AutoFlush = true };
            await writer.WriteLineAsync("220 mail");
            var mail = new StringBuilder();
            var isBody = false;
            while (await reader.ReadLineAsync(Ct) is { } line)
            {
                Lines.Enqueue(line);
                if (isBody && line != ".")
                {
                    mail.Append(line).Append('\n');
                    continue;
                }

                if (
                    line.StartsWith("MAIL", StringComparison.Ordinal)
                    || line.StartsWith("RCPT", StringComparison.Ordinal)
                )
                {
                    mail.Append(line).Append('\n');
                }

                if (isBody)
                {
                    Mails.Enqueue(mail.ToString());
                }

                isBody = line == "DATA";
                await writer.WriteLineAsync(
                    isBody ? "354 go on"
                    : _refuses && line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 nobody here"
                    : line == "QUIT" ? "221 bye"
                    : "250 ok"
                );
            }
        }
    }
}
