using System.Text;
using ControlPanel.Configuration;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Providers;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Hosting;

/// <summary>
/// <c>./run admin reset-owner</c>: on the server, by somebody who can read its data folder. That folder belongs to one
/// process at a time, so the server must be stopped, and nothing can be watched while it happens.
/// </summary>
internal static class OwnerReset
{
    /// <summary>Resets and says what was done.</summary>
    /// <exception cref="StartRefusedException">There is no data, no such owner, or a server is running on it.</exception>
    public static async Task<string> RunAsync(string email, StartOptions options)
    {
        // Otherwise a mistyped folder would be made, with a new master key in it.
        if (!DataFolder.Exists(options.DataFolder))
        {
            throw new StartRefusedException(
                $"{options.DataFolder} holds no data of ControlPanel; name the folder with --data."
            );
        }

        await using var app = await ControlPanelApp.BuildAsync(options);
        var outcome = await app
            .Services.GetRequiredService<ResetOwner>()
            .ExecuteAsync(new Actor(Guid.Empty, Guid.Empty, Door.Command), email, CancellationToken.None);
        if (!outcome.IsDone)
        {
            throw new StartRefusedException(
                $"Nobody with the e-mail address {email} owns a team. {await OwnersAsync(app)}"
            );
        }

        using var password = outcome.Value.Password;
        var text = new StringBuilder();
        text.AppendLine();
        text.AppendLine(
            $"  The sign-in of {outcome.Value.Email} was reset ({string.Join(", ", outcome.Value.Teams)})."
        );
        text.AppendLine($"    Temporary password    {password.Reveal()}");
        text.AppendLine($"    Authenticator app     {(outcome.Value.HadTwoFactor ? "taken away" : "there was none")}");
        text.AppendLine($"    Passkeys taken away   {outcome.Value.Passkeys}");
        text.AppendLine($"    Sessions ended        {outcome.Value.Sessions}");
        text.AppendLine();
        text.AppendLine(
            "  Start the server, sign in with it, and choose a password of your own under Account security."
        );
        return text.ToString();
    }

    private static async Task<string> OwnersAsync(ControlPanelApp app)
    {
        await using var db = app.Services.GetRequiredService<IControlPanelStore>().OpenRead();
        var owners = await db
            .Memberships.Where(m => m.Role == TeamRole.Owner && m.RemovedAt == null)
            .Join(db.Users, m => m.UserId, u => u.Id, (m, u) => u.Email ?? "")
            .Distinct()
            .OrderBy(e => e)
            .Take(20)
            .ToListAsync();
        return owners.Count == 0
            ? "There are no owners yet: start the server and do the first set-up."
            : $"Owners are {string.Join(", ", owners)}.";
    }
}
