using System.Net;
using System.Net.Mail;
using System.Text;
using ControlPanel.Configuration;
using Microsoft.Extensions.Options;

namespace ControlPanel.Mail;

/// <summary>What became of a mail.</summary>
public enum MailOutcome
{
    /// <summary>No mail server is set: the link is handed over by hand.</summary>
    NotSetUp,

    /// <summary>The mail server took it.</summary>
    Sent,

    /// <summary>The mail server did not take it, or was not there.</summary>
    Failed,
}

/// <summary>
/// Hands invitations to the mail server that the operator set. Over TLS unless told otherwise: a server that does not offer
/// it gets nothing, least of all the password.
/// </summary>
public sealed partial class InvitationMail(IOptions<PanelOptions> options, ILogger<InvitationMail> log)
{
    // A mail server that does not answer must not keep the person waiting, who can hand the link over as well.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(15);

    private readonly PanelOptions.MailOptions _options = options.Value.Mail;

    /// <summary>Sends the link. Never throws for what mail servers do: the invitation stands in any case.</summary>
    /// <param name="to">The address that was invited, checked by the operation.</param>
    /// <param name="team">The team's name.</param>
    /// <param name="by">Who invites: their e-mail address.</param>
    /// <param name="link">With the code; in no log.</param>
    public async Task<MailOutcome> SendAsync(string to, string team, string by, string link, CancellationToken ct)
    {
        if (_options.Host.Length == 0)
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

            using var message = Write(to, team, by, link);
            await client.SendMailAsync(message, limit.Token);
            return MailOutcome.Sent;
        }
        catch (Exception e)
            when (e is SmtpException or FormatException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            Log.Failed(log, _options.Host, _options.Port, e);
            return MailOutcome.Failed;
        }
    }

    private MailMessage Write(string to, string team, string by, string link) =>
        new(_options.From, to)
        {
            Subject = $"You are invited to {team}",
            SubjectEncoding = Encoding.UTF8,
            BodyEncoding = Encoding.UTF8,
            Body = $"""
                {by} invites you to the team {team} in ControlPanel.

                Open this link to join. It works once, for seven days:
                {link}

                If you expected no invitation, do nothing: without the link nothing happens.
                """,
        };

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.MailFailed,
            LogLevel.Warning,
            "An invitation could not be handed to the mail server {Host}:{Port}; its link can be handed over by hand."
        )]
        public static partial void Failed(ILogger logger, string host, int port, Exception exception);
    }
}
