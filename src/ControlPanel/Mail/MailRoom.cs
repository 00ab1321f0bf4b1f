using ControlPanel.Configuration;
using ControlPanel.Data.Expirations;

namespace ControlPanel.Mail;

/// <summary>What sends mails.</summary>
internal static class MailRoom
{
    /// <summary>Registers it. Before the data room, which asks whether people are to be mailed.</summary>
    public static IServiceCollection AddMail(this IServiceCollection services, PanelOptions.MailOptions options) =>
        services
            .AddSingleton(new ExpirationRules { Mail = options.Host.Length > 0 })
            .AddSingleton<MailDesk>()
            .AddSingleton<InvitationMail>()
            .AddSingleton<ExpirationMail>()
            .AddHostedService(s => s.GetRequiredService<ExpirationMail>());
}
