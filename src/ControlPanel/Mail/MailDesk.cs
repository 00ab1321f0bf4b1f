using System.Net;
using System.Net.Mail;
using System.Text;
using ControlPanel.Configuration;
using Microsoft.Extensions.Options;

namespace ControlPanel.Mail;

/// <summary>What became of a mail.</summary>
public enum MailOutcome
{
    /// <summary>No mail server is set.</summary>
    NotSetUp,

    /// <summary>The mail server took it.</summary>
    Sent,

    /// <summary>The mail server did not take it, or was not there.</summary>
    Failed,
}

/// <summary>
/// Hands mails to the mail server that the operator set. Over TLS unless told otherwise: a server that does not offer it
/// gets nothing, least of all the password.
/// </summary>
public sealed partial class MailDesk(IOptions<PanelOptions> options, ILogger<MailDesk> log)
{
    // A mail server that does not answer must keep nobody waiting for long.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(15);

    private readonly PanelOptions.MailOptions _options = options.Value.Mail;

    /// <summary>Whether a mail server is set.</summary>
    public bool IsSetUp => _options.Host.Length > 0;

    /// <summary>Sends a mail in plain text. Never throws for what mail servers do.</summary>
    /// <param name="to">One address.</param>
    /// <param name="subject">One line.</param>
    /// <param name="what">What the mail is, for the log: its text may hold a code and stays out of it.</param>
    public async Task<MailOutcome> SendAsync(string to, string subject, string text, string what, CancellationToken ct)
    {
        if (!IsSetUp)
        {
            return MailOutcome.NotSetUp;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(s_limit);
        try
        {
            using var client = new SmtpClient(_options.Host, _options.Port) { EnableSsl = _options.StartTls };
            if (_options.UserName.Length > 0)
            {
                client.Credentials = new NetworkCredential(_options.UserName, _options.Password);
            }

            using var message = new MailMessage(_options.From, to)
            {
                Subject = subject,
                SubjectEncoding = Encoding.UTF8,
                BodyEncoding = Encoding.UTF8,
                Body = text,
            };
            await client.SendMailAsync(message, limit.Token);
            return MailOutcome.Sent;
        }
        catch (Exception e)
            when (e is SmtpException or FormatException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            Log.Failed(log, what, _options.Host, _options.Port, e);
            return MailOutcome.Failed;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.MailFailed,
            LogLevel.Warning,
            "{What} could not be handed to the mail server {Host}:{Port}."
        )]
        public static partial void Failed(ILogger logger, string what, string host, int port, Exception exception);
    }
}
