using System.Text.RegularExpressions;
using ControlPanel.Configuration;
using ControlPanel.Data;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Data.Providers;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPanel.Tests.Unit.Hosting;

/// <summary><c>admin reset-owner</c> as an operator runs it: the built program on a data folder.</summary>
public sealed partial class OwnerResetTests : IDisposable
{
    private const string Olivia = "olivia@demo.test";
    private const string Mateo = "mateo@demo.test";
    private const string OldPassword = "seven olives under a piano";

    private readonly string _folder = Directory.CreateTempSubdirectory("controlpanel-admin-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Data => Path.Combine(_folder, "data");

    [Fact]
    public async Task An_owner_who_lost_everything_gets_in_again_and_nothing_old_opens_the_account()
    {
        Guid olivia;
        Guid his;
        await using (var app = await BuildAsync())
        {
            (olivia, his) = await FillAsync(app);
        }

        // The address as people type it.
        var (code, output, errors) = await RunAsync("reset-owner", " OLIVIA@demo.test ");

        Assert.Equal("", errors);
        Assert.Equal(0, code);
        Assert.Contains($"The sign-in of {Olivia} was reset (Acme Photos).", output, StringComparison.Ordinal);
        Assert.Contains("Authenticator app     taken away", output, StringComparison.Ordinal);
        Assert.Contains("Passkeys taken away   1", output, StringComparison.Ordinal);
        Assert.Contains("Sessions ended        1", output, StringComparison.Ordinal);
        var password = PasswordLine().Match(output).Groups[1].Value;
        await using var after = await BuildAsync();
        var store = after.Services.GetRequiredService<IControlPanelStore>();
        await using var db = store.OpenRead();
        var person = await db.Users.SingleAsync(u => u.Id == olivia, Ct);
        Assert.True(Passwords.Verify(person, password));
        Assert.False(Passwords.Verify(person, OldPassword));
        Assert.False(person.TwoFactorEnabled);
        Assert.Null(person.SealedTotpSecret);
        Assert.Equal(0, await db.RecoveryCodes.CountAsync(Ct));
        Assert.Equal(0, await db.UserPasskeys.CountAsync(Ct));
        Assert.Equal(0, await db.Sessions.CountAsync(s => s.UserId == olivia && s.EndedAt == null, Ct));

        // Nobody else and no program is disturbed.
        Assert.Null((await db.Sessions.SingleAsync(s => s.Id == his, Ct)).EndedAt);
        Assert.Null((await db.AccessKeys.SingleAsync(Ct)).RevokedAt);
        var entry = await db.AuditEntries.OrderBy(e => e.Sequence).LastAsync(e => e.Action == "owner.reset", Ct);
        Assert.Equal(
            ("command", "operator", Olivia, "done"),
            (entry.Door, entry.ActorName, entry.TargetName, entry.Result)
        );
        Assert.DoesNotContain(password, entry.Details, StringComparison.Ordinal);
        Assert.IsType<ChainVerdict.Intact>(await after.Services.GetRequiredService<AuditChain>().VerifyAsync(db, Ct));
    }

    [Theory]
    [InlineData(Mateo)]
    [InlineData("nobody@demo.test")]
    public async Task Who_owns_no_team_is_not_reset_and_the_owners_are_named(string email)
    {
        await using (var app = await BuildAsync())
        {
            await FillAsync(app);
        }

        var (code, output, errors) = await RunAsync("reset-owner", email);

        Assert.Equal((1, ""), (code, output));
        Assert.Equal(
            $"ControlPanel: Nobody with the e-mail address {email} owns a team. Owners are {Olivia}.\n",
            errors
        );
    }

    [Fact]
    public async Task A_running_server_and_a_folder_without_data_are_refused_and_left_as_they_are()
    {
        var (code, output, errors) = await RunAsync("reset-owner", Olivia);
        Assert.Equal((1, ""), (code, output));
        Assert.Equal($"ControlPanel: {Data} holds no data of ControlPanel; name the folder with --data.\n", errors);
        Assert.False(Directory.Exists(Data));

        await using var running = await BuildAsync();
        await FillAsync(running);
        (code, output, errors) = await RunAsync("reset-owner", Olivia);
        Assert.Equal((1, ""), (code, output));
        Assert.Equal($"ControlPanel: The data folder {Data} is in use by another ControlPanel process.\n", errors);
    }

    [Theory]
    [InlineData(Door.Panel)]
    [InlineData(Door.Api)]
    [InlineData(Door.System)]
    public async Task No_other_door_resets_anybody(Door door)
    {
        await using var app = await BuildAsync();
        var (olivia, _) = await FillAsync(app);
        var outcome = await app
            .Services.GetRequiredService<ResetOwner>()
            .ExecuteAsync(new Actor(olivia, Guid.Empty, door), Olivia, Ct);
        Assert.Equal(new Refusal.Missing("owner"), outcome.Refusal);
    }

    [Theory]
    [InlineData("admin", "admin knows reset-owner EMAIL; ./run --help explains it")]
    [InlineData("admin format-disk", "admin knows reset-owner EMAIL; ./run --help explains it")]
    [InlineData("admin reset-owner", "admin reset-owner needs the owner's e-mail address")]
    [InlineData("admin reset-owner --data d", "admin reset-owner needs the owner's e-mail address")]
    [InlineData("admin reset-owner a@b.c --base-port 7000", "admin reset-owner takes no --base-port")]
    [InlineData("admin reset-owner a@b.c --wat", "Unknown option --wat; ./run --help shows the options")]
    public void A_wrong_command_is_said_in_one_line(string line, string message) =>
        Assert.Equal(
            message,
            Assert.IsType<StartCommand.Invalid>(StartCommand.Parse(line.Split(' '), "/home/ann")).Message
        );

    [Fact]
    public void Help_explains_it()
    {
        Assert.IsType<StartCommand.Help>(StartCommand.Parse(["admin", "--help"], "/home/ann"));
        Assert.Contains("admin reset-owner EMAIL", StartCommand.Usage, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<(Guid Olivia, Guid MateosSession)> FillAsync(ControlPanelApp app)
    {
        var services = app.Services;
        var done = await services
            .GetRequiredService<SetUpInstallation>()
            .ExecuteAsync(
                new Actor(Guid.Empty, Guid.Empty, Door.Panel),
                new NewInstallation(Olivia, OldPassword, "Acme Photos"),
                Ct
            );
        var olivia = done.Value!.UserId;
        var actor = await BeginAsync(services, olivia, done.Value.TeamId);
        var secret = "12345678901234567890"u8.ToArray();
        var code = Totp.Code(secret, Totp.StepAt(TimeProvider.System.GetUtcNow()));
        Assert.True(
            (
                await services
                    .GetRequiredService<EnableTwoFactor>()
                    .ExecuteAsync(actor, new Secret(secret.AsSpan()), code, Ct)
            ).IsDone
        );
        Assert.True(
            (
                await services
                    .GetRequiredService<CreateToken>()
                    .ExecuteAsync(actor, new NewTokenRequest("deploy", null, ["function:read"]), Ct)
            ).IsDone
        );
        var link = await services
            .GetRequiredService<InvitePerson>()
            .ExecuteAsync(actor, new NewInvitation(Mateo, TeamRole.Member), Ct);
        var joined = await services
            .GetRequiredService<AcceptInvitation>()
            .ExecuteAsync(
                new Actor(Guid.Empty, Guid.Empty, Door.Panel),
                new InvitationAcceptance(link.Value!.Code.Reveal(), "Mateo", OldPassword),
                Ct
            );
        var his = await BeginAsync(services, joined.Value!.UserId, done.Value.TeamId);
        await using var transaction = await services.GetRequiredService<IControlPanelStore>().BeginWriteAsync(Ct);
        transaction.Db.UserPasskeys.Add(
            new IdentityUserPasskey<Guid>
            {
                UserId = olivia,
                CredentialId = [1, 2, 3],
                Data = new IdentityPasskeyData
                {
                    PublicKey = [4],
                    Name = "lost phone",
                    AttestationObject = [5],
                    ClientDataJson = [6],
                },
            }
        );
        await transaction.CommitAsync(Ct);
        return (olivia, his.SessionId!.Value);
    }

    private static async Task<Actor> BeginAsync(IServiceProvider services, Guid userId, Guid teamId)
    {
        var actor = new Actor(userId, teamId, Door.Panel);
        var outcome = await services
            .GetRequiredService<StartSession>()
            .ExecuteAsync(actor, "Firefox", SignInProof.Passkey, Ct);
        return actor with { SessionId = outcome.Value!.Id };
    }

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(string command, string email) =>
        ServerProcess.RunAsync(ServerProcess.Command(_folder, ["admin", command, email, "--data", "data"]));

    private Task<ControlPanelApp> BuildAsync() =>
        ControlPanelApp.BuildAsync(new StartOptions { DataFolder = Data, BasePort = 0 });

    [GeneratedRegex("Temporary password +([a-z2-7-]{27})\n")]
    private static partial Regex PasswordLine();
}
