using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ControlPanel.Configuration;
using ControlPanel.Mail;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ControlPanel.Tests.Unit.Mail;

/// <summary>The little of SMTP (RFC 5321) that a client needs to hand over mails.</summary>
internal sealed class MailServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly bool _refuses;

    public MailServer(bool refuses = false)
    {
        _refuses = refuses;
        _listener.Start();
        _ = AcceptAsync();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public ConcurrentQueue<string> Mails { get; } = [];

    public ConcurrentQueue<string> Lines { get; } = [];

    /// <summary>What hands mails to a server on this machine.</summary>
    public static MailDesk DeskTo(int port, bool startTls = false) =>
        new(
            Options.Create(
                new PanelOptions
                {
                    Mail =
                    {
                        Host = "127.0.0.1",
                        Port = port,
                        StartTls = startTls,
                        From = "ControlPanel <panel@example.com>",
                    },
                }
            ),
            NullLogger<MailDesk>.Instance
        );

    /// <summary>The text of a mail that came.</summary>
    public static string TextOf(string mail)
    {
        var body = mail[mail.IndexOf("\n\n", StringComparison.Ordinal)..];
        return mail.Contains("base64", StringComparison.OrdinalIgnoreCase)
            ? Encoding.UTF8.GetString(Convert.FromBase64String(body))
            : body;
    }

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

            if (line.StartsWith("MAIL", StringComparison.Ordinal) || line.StartsWith("RCPT", StringComparison.Ordinal))
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
