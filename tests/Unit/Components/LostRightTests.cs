using System.Reflection;
using System.Text;
using Bunit;
using ControlPanel.Data;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Networking;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Data.Operations.Webhooks;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Data.Webhooks;
using ControlPanel.Features.Functions;
using ControlPanel.Features.Inference;
using ControlPanel.Features.Networking;
using ControlPanel.Features.Spaces;
using ControlPanel.Features.Team;
using ControlPanel.Features.Tokens;
using ControlPanel.Shared;
using ControlPanel.Tests.Unit.Gateways.Inference;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.AspNetCore.Components;
using Microsoft.EntityFrameworkCore;
using LegacyCredentials = ControlPanel.Features.Functions.LegacyCredentials;
using ModelKeysTable = ControlPanel.Features.Inference.ModelKeys;

namespace ControlPanel.Tests.Unit.Components;

/// <summary>How somebody lost their right between looking at a page and clicking on it.</summary>
public enum Loss
{
    /// <summary>Not at all: what the click would have done.</summary>
    None,
    Demoted,
    Removed,
    SessionEnded,
}

/// <summary>
/// Every handler of the console that changes something, after its right was lost and before the page has heard of it. The
/// handlers are found by what is injected into components; one that is not in the table fails the build.
/// </summary>
public sealed class LostRightTests(TestPanel panel) : PanelComponentTest(panel), IClassFixture<TestPanel>
{
    private Actor _actor = null!;

    /// <summary>
    /// What somebody does with their own account needs no right that could be lost but the session: SessionTests,
    /// StepUpTests and TwoFactorTests hold these to it.
    /// </summary>
    private static bool IsOwnAccount(Type component, Type operation) =>
        operation.Namespace == typeof(StartSession).Namespace || component.Namespace == "ControlPanel.Account.Pages";

    private static readonly Dictionary<
        (Type Component, Type Operation),
        Func<LostRightTests, Task<Func<Task>>>
    > s_table = new()
    {
        [(typeof(CreateKeyDialog), typeof(CreateNamespaceKey))] = t =>
        {
            var dialog = t.Open<CreateKeyDialog>(("NamespaceId", t.Panel.NamespaceId));
            Put(dialog, ("_name", Unique("key")), ("_choice", "30d"), ("_lifetime", "30d"));
            return t.Click(dialog, "CreateAsync");
        },
        [(typeof(CreateNamespaceDialog), typeof(CreateNamespace))] = t =>
        {
            var dialog = t.Open<CreateNamespaceDialog>();
            Put(dialog, ("_label", Unique("ns")), ("_region", "nyc1"));
            return t.Click(dialog, "CreateAsync");
        },
        [(typeof(LegacyCredentials), typeof(RetireLegacyCredential))] = async t =>
        {
            var space = await t.LegacyNamespaceAsync();
            var card = t.Open<LegacyCredentials>(("Namespace", space));
            Put(card, ("_typed", space.Label));
            return await t.Click(card, "RetireAsync");
        },
        [(typeof(LegacyCredentials), typeof(RehearseLegacyCutOff))] = async t =>
            await t.Click(t.Open<LegacyCredentials>(("Namespace", await t.LegacyNamespaceAsync())), "RehearseAsync"),
        [(typeof(LegacyCredentials), typeof(RestoreLegacyCredential))] = async t =>
        {
            var space = await t.LegacyNamespaceAsync();
            Must(await t.Do<RehearseLegacyCutOff>().ExecuteAsync(t.Panel.Owner, space.Id, Ct));
            return await t.Click(t.Open<LegacyCredentials>(("Namespace", space)), "RestoreAsync");
        },
        [(typeof(LegacyCredentials), typeof(SetLegacyCutOff))] = async t =>
        {
            var card = t.Open<LegacyCredentials>(("Namespace", await t.LegacyNamespaceAsync()));
            Put(card, ("_day", "2031-05-01"));
            return await t.Click(card, "SetDateAsync");
        },
        [(typeof(NamespaceKeys), typeof(RenameNamespaceKey))] = async t =>
        {
            var row = await t.NamespaceKeyAsync();
            return await t.Click(t.OpenKeys(), "RenameAsync", row, Unique("renamed"));
        },
        [(typeof(NamespaceKeys), typeof(SuspendNamespaceKey))] = async t =>
        {
            var row = await t.NamespaceKeyAsync();
            return await t.Click(t.OpenKeys(), "SuspendAsync", row, true);
        },
        [(typeof(NamespaceKeys), typeof(RevokeNamespaceKey))] = async t =>
        {
            var row = await t.NamespaceKeyAsync();
            return await t.RevokeInAsync(t.OpenKeys(), ("_revoking", row));
        },
        [(typeof(NamespacesPage), typeof(DeleteNamespace))] = async t =>
        {
            var made = Must(await t.Do<CreateNamespace>().ExecuteAsync(t.Panel.Owner, new(Unique("ns"), "nyc1"), Ct));
            var page = t.Open<NamespacesPage>();
            Put(page, ("_deleting", made), ("_typed", made.Label));
            return await t.Click(page, "DeleteAsync");
        },
        [(typeof(NamespacesPage), typeof(ImportLegacyCredentials))] = async t =>
        {
            var space = Must(await t.Do<CreateNamespace>().ExecuteAsync(t.Panel.Owner, new(Unique("ns"), "nyc1"), Ct));
            return await t.ImportInAsync(t.Open<NamespacesPage>(), $"{space.Id},{Guid.NewGuid()},{Secret()}");
        },
        [(typeof(UpstreamSettings), typeof(SetNamespaceUpstream))] = async t =>
        {
            var space = Must(await t.Do<CreateNamespace>().ExecuteAsync(t.Panel.Owner, new(Unique("ns"), "nyc1"), Ct));
            var view = Must(await t.Do<GetNamespace>().ExecuteAsync(t.Panel.Owner, space.Id, Ct));
            var form = t.Open<UpstreamSettings>(("Namespace", view));
            Put(form, ("_url", "https://whisk.example.com"), ("_credential", "up:stream"));
            return await t.Click(form, "SaveAsync");
        },
        [(typeof(CreateModelKeyDialog), typeof(CreateModelKey))] = t =>
        {
            var wizard = t.Open<CreateModelKeyDialog>();
            Put(wizard, ("_name", Unique("key")), ("_step", 2));
            return t.Click(wizard, "NextAsync");
        },
        [(typeof(ManagePage), typeof(ImportModelKeys))] = t =>
            t.ImportInAsync(t.Open<ManagePage>(("Tab", "legacy")), $"{Unique("old")},,sk-do-{Secret()}"),
        [(typeof(ModelCatalog), typeof(RemoveModel))] = async t =>
        {
            var catalog = t.Open<ModelCatalog>();
            Put(catalog, ("_removing", await t.ModelAsync()));
            return await t.Click(catalog, "RemoveAsync");
        },
        [(typeof(ModelDialog), typeof(AddModels))] = t =>
        {
            var dialog = t.Open<ModelDialog>();
            Put(dialog, ("_modelId", Unique("model")), ("_provider", "Acme"));
            return t.Click(dialog, "SaveAsync");
        },
        [(typeof(ModelDialog), typeof(UpdateModel))] = async t =>
        {
            var dialog = t.Open<ModelDialog>(("Model", await t.ModelAsync()));
            Put(dialog, ("_displayName", Unique("another name")));
            return await t.Click(dialog, "SaveAsync");
        },
        [(typeof(SyncDialog), typeof(AddModels))] = async t =>
        {
            var model = new ModelInput(Unique("model"), null, "Acme", null, BatchCapable: false, null);
            var dialog = t.Open<SyncDialog>().FindComponent<ChooseNewDialog<ModelInput>>();
            return await t.AddInAsync(dialog, model, model.ModelId!);
        },
        [(typeof(ModelKeysTable), typeof(RenameModelKey))] = async t =>
        {
            var row = await t.ModelKeyAsync();
            return await t.Click(t.Open<ModelKeysTable>(), "RenameAsync", row, Unique("renamed"));
        },
        [(typeof(ModelKeysTable), typeof(DeleteModelKey))] = async t =>
        {
            var row = await t.ModelKeyAsync();
            return await t.RevokeInAsync(t.Open<ModelKeysTable>(), ("_deleting", row));
        },
        [(typeof(RegenerateDialog), typeof(RegenerateModelKey))] = async t =>
        {
            var row = await t.ModelKeyAsync();
            var dialog = t.Open<RegenerateDialog>(("Row", row));
            Put(dialog, ("_typed", row.Name));
            return await t.Click(dialog, "RegenerateAsync");
        },
        [(typeof(ModelServersCard), typeof(SetInferenceUpstream))] = t =>
        {
            var card = t.Open<ModelServersCard>();
            Put(card, ("_name", Unique("server")), ("_url", "https://models.example.com"));
            Put(card, ("_providers", Unique("Provider")), ("_credential", "sk-upstream"));
            return t.Click(card, "SaveAsync");
        },
        [(typeof(ModelServersCard), typeof(RemoveInferenceUpstream))] = async t =>
        {
            var input = new InferenceUpstreamInput(
                Unique("server"),
                "https://models.example.com",
                [Unique("Provider")],
                UpstreamHeader.Bearer,
                "sk-upstream"
            );
            var server = Must(await t.Do<SetInferenceUpstream>().ExecuteAsync(t.Panel.Owner, id: null, input, Ct));
            var card = t.Open<ModelServersCard>();
            Put(card, ("_removing", server));
            return await t.Click(card, "RemoveAsync");
        },
        [(typeof(VpcDialog), typeof(CreateVpc))] = t =>
        {
            var dialog = t.Open<VpcDialog>();
            Put(dialog, ("_name", Unique("net")), ("_region", "nyc1"), ("_ranges", "10.99.0.0/24"));
            return t.Click(dialog, "SaveAsync");
        },
        [(typeof(VpcDialog), typeof(UpdateVpc))] = async t =>
        {
            var dialog = t.Open<VpcDialog>(("Network", await t.NetworkAsync()));
            Put(dialog, ("_description", Unique("other")));
            return await t.Click(dialog, "SaveAsync");
        },
        [(typeof(VpcPage), typeof(DeleteVpc))] = async t =>
        {
            var page = t.Open<VpcPage>();
            Put(page, ("_deleting", await t.NetworkAsync()));
            return await t.Click(page, "DeleteAsync");
        },
        [(typeof(AddBucketDialog), typeof(AddBuckets))] = t =>
        {
            var dialog = t.Open<AddBucketDialog>();
            Put(dialog, ("_name", Unique("bucket")), ("_region", "nyc3"));
            return t.Click(dialog, "AddAsync");
        },
        [(typeof(ReadBucketsDialog), typeof(AddBuckets))] = async t =>
        {
            var dialog = t.Open<ReadBucketsDialog>();
            Put(dialog, ("_region", "nyc3"));
            var name = Unique("bucket");
            return await t.AddInAsync(dialog.FindComponent<ChooseNewDialog<string>>(), name, name);
        },
        [(typeof(BucketsPage), typeof(RemoveBucket))] = async t =>
        {
            var name = Unique("bucket");
            Must(await t.Do<AddBuckets>().ExecuteAsync(t.Panel.Owner, [name], "nyc3", Ct));
            var page = new PageRequest { Search = name };
            var row = Assert.Single(Must(await t.Do<ListBuckets>().ExecuteAsync(t.Panel.Owner, page, Ct)).Items);
            var shown = t.Open<BucketsPage>();
            Put(shown, ("_removing", row));
            return await t.Click(shown, "RemoveAsync");
        },
        [(typeof(CreateSpacesKeyDialog), typeof(CreateSpacesKey))] = t =>
        {
            var dialog = t.Open<CreateSpacesKeyDialog>();
            Put(dialog, ("_name", Unique("key")), ("_full", true));
            return t.Click(dialog, "CreateAsync");
        },
        [(typeof(EditGrantsDialog), typeof(UpdateSpacesKey))] = async t =>
        {
            var dialog = t.Open<EditGrantsDialog>(("Row", await t.SpacesKeyAsync()));
            ((IDictionary<string, string>)Get(dialog, "_grants")!).Clear();
            return await t.Click(dialog, "SaveAsync");
        },
        [(typeof(SpacesKeysPage), typeof(UpdateSpacesKey))] = async t =>
        {
            var row = await t.SpacesKeyAsync();
            return await t.Click(t.Open<SpacesKeysPage>(), "RenameAsync", row, Unique("renamed"));
        },
        [(typeof(SpacesKeysPage), typeof(DeleteSpacesKey))] = async t =>
        {
            var row = await t.SpacesKeyAsync();
            return await t.RevokeInAsync(t.Open<SpacesKeysPage>(), ("_deleting", row));
        },
        [(typeof(StoreSettings), typeof(SetSpacesUpstream))] = t =>
        {
            var form = t.Open<StoreSettings>();
            t.Until(() => Get(form, "_loaded") is true);
            Put(form, ("_url", $"https://{Unique("s3")}.example.com"), ("_keyId", "AKID"), ("_secret", Secret()));
            return t.Click(form, "SaveAsync");
        },
        [(typeof(NewTokenPage), typeof(CreateToken))] = t =>
        {
            var page = t.Open<NewTokenPage>();
            Put(page, ("_name", Unique("token")), ("_choice", "30d"), ("_lifetime", "30d"));
            // A kind is an enumeration of the page's own; the first one is full access.
            var kind = Nullable.GetUnderlyingType(Field<NewTokenPage>("_kind").FieldType)!;
            Put(page, ("_kind", Enum.GetValues(kind).GetValue(0)));
            return t.Click(page, "CreateAsync");
        },
        [(typeof(TokensPage), typeof(RevokeToken))] = async t =>
        {
            var row = await t.TokenAsync();
            return await t.RevokeInAsync(t.Open<TokensPage>(), ("_revoking", row));
        },
        [(typeof(RevokeSelectedDialog), typeof(RevokeKeys))] = async t =>
        {
            var row = await t.NamespaceKeyAsync();
            var key = new SelectedKey(row.Id, row.Name, null, 0);
            var dialog = t.Open<RevokeSelectedDialog>(("Family", KeyFamily.Functions), ("Keys", new[] { key }));
            return await t.Click(dialog, "RevokeAsync");
        },
        [(typeof(ChangeRoleDialog), typeof(ChangeRole))] = async t =>
        {
            var dialog = t.Open<ChangeRoleDialog>(("Member", await t.MemberAsync()));
            Put(dialog, ("_role", nameof(TeamRole.Owner)));
            return await t.Click(dialog, "SaveAsync");
        },
        [(typeof(CreateTeamDialog), typeof(CreateTeam))] = t =>
        {
            var dialog = t.Open<CreateTeamDialog>();
            Put(dialog, ("_name", Unique("team")));
            return t.Click(dialog, "CreateAsync");
        },
        [(typeof(InviteDialog), typeof(InvitePerson))] = t =>
        {
            var dialog = t.Open<InviteDialog>();
            Put(dialog, ("_email", $"{Unique("guest")}@demo.test"), ("_role", nameof(TeamRole.Member)));
            return t.Click(dialog, "InviteAsync");
        },
        [(typeof(Invitations), typeof(WithdrawInvitation))] = async t =>
        {
            var invitation = new NewInvitation($"{Unique("guest")}@demo.test", TeamRole.Member);
            var made = Must(await t.Do<InvitePerson>().ExecuteAsync(t.Panel.Owner, invitation, Ct));
            made.Code.Dispose();
            return await t.Click(t.Open<Invitations>(), "WithdrawAsync", made.Invitation);
        },
        [(typeof(RemoveMemberDialog), typeof(RemoveMember))] = async t =>
        {
            var member = await t.MemberAsync();
            var dialog = t.Open<RemoveMemberDialog>(("Member", member));
            t.Until(() => Get(dialog, "_preview") is not null);
            Put(dialog, ("_typed", member.Email));
            return await t.Click(dialog, "RemoveAsync");
        },
        [(typeof(RevokeReplacedDialog), typeof(DeleteSpacesKey))] = async t =>
        {
            var row = await t.SpacesKeyAsync();
            return await t.RevokeReplacedAsync(KeyFamily.Spaces, row.Id, row.AccessKeyId, row.Name);
        },
        [(typeof(RevokeReplacedDialog), typeof(DeleteModelKey))] = async t =>
        {
            var row = await t.ModelKeyAsync();
            return await t.RevokeReplacedAsync(KeyFamily.Inference, row.Id, "", row.Name);
        },
        [(typeof(RevokeReplacedDialog), typeof(RevokeToken))] = async t =>
        {
            var row = await t.TokenAsync();
            return await t.RevokeReplacedAsync(KeyFamily.Api, row.Id, "", row.Name);
        },
        [(typeof(WebhookDialog), typeof(CreateWebhook))] = async t =>
        {
            await t.RemoveWebhooksAsync();
            var dialog = t.Open<WebhookDialog>();
            Put(dialog, ("_address", "https://hooks.example.com/made"));
            ((HashSet<string>)Get(dialog, "_events")!).Add(WebhookEvents.KeySuspended);
            return await t.Click(dialog, "SaveAsync");
        },
        [(typeof(WebhookDialog), typeof(EditWebhook))] = async t =>
        {
            var dialog = t.Open<WebhookDialog>(("Webhook", await t.WebhookAsync()));
            Put(dialog, ("_address", "https://hooks.example.com/changed"));
            return await t.Click(dialog, "SaveAsync");
        },
        [(typeof(RollSecretDialog), typeof(RollWebhookSecret))] = async t =>
            await t.Click(t.Open<RollSecretDialog>(("Webhook", await t.WebhookAsync())), "RollAsync"),
        [(typeof(WebhooksPage), typeof(SendTestEvent))] = async t =>
        {
            var row = await t.WebhookAsync();
            return await t.Click(t.Open<WebhooksPage>(), "TestAsync", row);
        },
        [(typeof(WebhooksPage), typeof(TurnWebhook))] = async t =>
        {
            var row = await t.WebhookAsync();
            return await t.Click(t.Open<WebhooksPage>(), "TurnAsync", row);
        },
        [(typeof(WebhooksPage), typeof(RemoveWebhook))] = async t =>
        {
            var page = t.Open<WebhooksPage>();
            Put(page, ("_removing", await t.WebhookAsync()));
            return await t.Click(page, "RemoveAsync");
        },
        [(typeof(WebhookDetails), typeof(SendTestEvent))] = async t =>
        {
            var row = await t.WebhookAsync();
            return await t.Click(t.Open<WebhookDetails>(("Id", row.Id), ("Address", row.Address)), "TestAsync");
        },
        [(typeof(WebhookDetails), typeof(DeliverAgain))] = async t =>
        {
            var row = await t.WebhookAsync();
            Must(await t.Do<SendTestEvent>().ExecuteAsync(t.Panel.Owner, row.Id, Ct));
            var page = new PageRequest();
            var sent = Must(await t.Do<ListDeliveries>().ExecuteAsync(t.Panel.Owner, row.Id, page, Ct)).Items;
            var details = t.Open<WebhookDetails>(("Id", row.Id), ("Address", row.Address));
            return await t.Click(details, "AgainAsync", Assert.Single(sent));
        },
        [(typeof(ReplaceKeyDialog), typeof(CreateReplacement))] = async t =>
        {
            var id = await t.KeyIdAsync("gallery-publisher");
            var key = Must(await t.Do<GetKeyUsage>().ExecuteAsync(t.Panel.Owner, KeyFamily.Spaces, id, Ct));
            var dialog = t.Open<ReplaceKeyDialog>(
                ("Family", KeyFamily.Spaces),
                ("Key", key),
                ("Proposal", new Narrowing.Proposal(1, 3, [], Unique("narrow")))
            );
            return await t.Click(dialog, "CreateAsync");
        },
        [(typeof(TwoFactorRule), typeof(RequireTwoFactor))] = t =>
        {
            var card = t.Open<TwoFactorRule>();
            Put(card, ("_asked", true));
            return t.Click(card, "SetAsync");
        },
    };

    public static TheoryData<string, Loss> Cases()
    {
        var cases = new TheoryData<string, Loss>();
        foreach (var (component, operation) in s_table.Keys)
        {
            foreach (var loss in Enum.GetValues<Loss>())
            {
                cases.Add($"{component.Name} {operation.Name}", loss);
            }
        }

        return cases;
    }

    [Fact]
    public void Every_component_that_can_change_something_is_in_the_table() =>
        Assert.Equal(
            ChangingOperations
                .InComponents.Where(c => !IsOwnAccount(c.Component, c.Operation))
                .Select(c => $"{c.Component.Name} {c.Operation.Name}")
                .Order(StringComparer.Ordinal),
            s_table.Keys.Select(c => $"{c.Component.Name} {c.Operation.Name}").Order(StringComparer.Ordinal)
        );

    [Fact]
    public void Changing_operations_are_told_from_reading_ones()
    {
        Type[] change = [typeof(CreateNamespaceKey), typeof(RevokeKeys), typeof(ImportModelKeys), typeof(StartSession)];
        Type[] read = [typeof(ListMembers), typeof(GetNamespace), typeof(FindAnything), typeof(GetTwoFactor)];
        Assert.All(change, o => Assert.Contains(o, ChangingOperations.All));
        Assert.All(read, o => Assert.DoesNotContain(o, ChangingOperations.All));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Whoever_lost_the_right_before_the_click_changes_nothing_and_is_written_down(
        string handler,
        Loss loss
    )
    {
        var prepare = s_table.Single(c => $"{c.Key.Component.Name} {c.Key.Operation.Name}" == handler).Value;
        var email = $"{Unique("owner")}@demo.test";
        await AddMemberAsync(email, TeamRole.Owner);
        _actor = await SignInAsync(email, SignInProof.Passkey);
        var click = await prepare(this);
        await LoseAsync(loss);
        var before = await StateAsync();
        var written = await LastEntryAsync();

        await click();

        var entries = await EntriesAsync(written);
        var after = await StateAsync();
        await EndRuleAsync();
        if (loss == Loss.None)
        {
            // Otherwise the click would prove nothing below.
            Assert.Contains(entries, e => e.Result == "done");
            Assert.NotEqual(before, after);
        }
        else
        {
            Assert.Equal("refused", Assert.Single(entries).Result);
            Assert.Equal(before, after);
        }
    }

    private static string Unique(string what) => $"{what}-{Guid.NewGuid():N}"[..Math.Min(what.Length + 17, 40)];

    private static string Secret() => string.Concat(Guid.NewGuid().ToString("N"), Guid.NewGuid().ToString("N"));

    private static T Must<T>(Outcome<T> outcome)
    {
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
        return outcome.Value;
    }

    private T Do<T>()
        where T : notnull => Panel.Get<T>();

    private IRenderedComponent<T> Open<T>(params (string Name, object? Value)[] parameters)
        where T : class, IComponent =>
        Render<T>(p =>
        {
            p.AddCascadingValue(Person);
            foreach (var (name, value) in parameters)
            {
                p.TryAdd(name, value);
            }
        });

    private IRenderedComponent<NamespaceKeys> OpenKeys() => Open<NamespaceKeys>(("NamespaceId", Panel.NamespaceId));

    /// <summary>What the button does, once it is pressed.</summary>
    private Task<Func<Task>> Click<T>(IRenderedComponent<T> component, string handler, params object?[] arguments)
        where T : class, IComponent
    {
        var method =
            typeof(T).GetMethod(handler, BindingFlags.Instance | BindingFlags.NonPublic)
            ?? throw new InvalidOperationException($"{typeof(T).Name} has no handler {handler} any more.");
        return Task.FromResult<Func<Task>>(() =>
            component.InvokeAsync(() => (Task)method.Invoke(component.Instance, arguments)!)
        );
    }

    /// <summary>The dialog that a page opens before it ends a key.</summary>
    private Task<Func<Task>> RevokeInAsync<T>(IRenderedComponent<T> page, (string Field, object? Row) chosen)
        where T : class, IComponent
    {
        Put(page, chosen);
        Redraw(page);
        return Click(page.FindComponent<RevokeDialog>(), "RevokeAsync");
    }

    /// <summary>The dialog that ends a key which was replaced.</summary>
    private Task<Func<Task>> RevokeReplacedAsync(KeyFamily family, Guid id, string publicId, string name)
    {
        var old = new ReplacementKey(id, name, publicId, DateTimeOffset.UnixEpoch, null, null);
        var dialog = Open<RevokeReplacedDialog>(("Family", family), ("Old", old));
        return Click(dialog.FindComponent<RevokeDialog>(), "RevokeAsync");
    }

    /// <summary>The dialog of an import, whose lines were checked.</summary>
    private Task<Func<Task>> ImportInAsync<T>(IRenderedComponent<T> page, string line)
        where T : class, IComponent
    {
        Put(page, ("_importing", true));
        Redraw(page);
        var dialog = page.FindComponent<ImportDialog>();
        Put(dialog, ("_bytes", Encoding.UTF8.GetBytes(line)), ("_checked", new ImportResult(1, 0, [])));
        return Click(dialog, "NextAsync");
    }

    /// <summary>The dialog of what a server behind lists, with one thing ticked.</summary>
    private Task<Func<Task>> AddInAsync<T>(IRenderedComponent<ChooseNewDialog<T>> dialog, T item, string name)
    {
        Until(() => Get(dialog, "_found") is not null || Get(dialog, "_refusal") is not null);
        Put(dialog, ("_found", new[] { item }));
        var chosen = (HashSet<string>)Get(dialog, "_chosen")!;
        chosen.Clear();
        chosen.Add(name);
        return Click(dialog, "AddAsync");
    }

    private static void Redraw<T>(IRenderedComponent<T> component)
        where T : class, IComponent =>
        component
            .InvokeAsync(() =>
                typeof(ComponentBase)
                    .GetMethod("StateHasChanged", BindingFlags.Instance | BindingFlags.NonPublic)!
                    .Invoke(component.Instance, null)
            )
            .GetAwaiter()
            .GetResult();

    private static FieldInfo Field<T>(string name) =>
        typeof(T).GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)
        ?? throw new InvalidOperationException($"{typeof(T).Name} has no field {name} any more.");

    private static object? Get<T>(IRenderedComponent<T> component, string field)
        where T : class, IComponent => Field<T>(field).GetValue(component.Instance);

    private static void Put<T>(IRenderedComponent<T> component, params (string Field, object? Value)[] values)
        where T : class, IComponent
    {
        foreach (var (field, value) in values)
        {
            Field<T>(field).SetValue(component.Instance, value);
        }
    }

    private void Until(Func<bool> reached) =>
        Assert.True(SpinWait.SpinUntil(reached, TimeSpan.FromSeconds(10)), "The component did not load.");

    private async Task<NamespaceKeyRow> NamespaceKeyAsync()
    {
        var (id, _) = await Panel.IssueKeyAsync();
        var page = new PageRequest { Search = id };
        var rows = await Do<ListNamespaceKeys>().ExecuteAsync(Panel.Owner, Panel.NamespaceId, page, null, Ct);
        return Assert.Single(Must(rows).Items);
    }

    private async Task<NamespaceView> LegacyNamespaceAsync()
    {
        var made = Must(await Do<CreateNamespace>().ExecuteAsync(Panel.Owner, new(Unique("ns"), "nyc1"), Ct));
        using var secret = new Secret(Encoding.UTF8.GetBytes(Secret()));
        var line = new CredentialLine(1, made.Id, Guid.NewGuid().ToString(), secret);
        Must(
            await Do<ImportLegacyCredentials>()
                .ExecuteAsync(new Actor(Guid.Empty, Guid.Empty, Door.Command), [line], ImportMode.AllOrNone, Ct)
        );
        return Must(await Do<GetNamespace>().ExecuteAsync(Panel.Owner, made.Id, Ct));
    }

    private async Task<ModelRow> ModelAsync()
    {
        var id = Unique("model");
        await Panel.AddModelAsync(id);
        var page = new PageRequest { Search = id };
        return Assert.Single(Must(await Do<ListModels>().ExecuteAsync(Panel.Owner, page, Ct)).Items);
    }

    private async Task<ModelKeyRow> ModelKeyAsync()
    {
        var (id, _) = await Panel.IssueModelKeyAsync();
        return Must(await Do<GetModelKey>().ExecuteAsync(Panel.Owner, id, Ct));
    }

    private async Task<VpcRow> NetworkAsync()
    {
        var id = await Panel.AddNetworkAsync("10.98.0.0/24");
        return Must(await Do<GetVpc>().ExecuteAsync(Panel.Owner, id, Ct));
    }

    private async Task<SpacesKeyRow> SpacesKeyAsync()
    {
        SpacesGrant[] grants = [new("raw-photos", SpacesGrant.Read)];
        var made = Must(await Do<CreateSpacesKey>().ExecuteAsync(Panel.Owner, Unique("key"), grants, Ct));
        made.Secret.Dispose();
        return made.Key;
    }

    private async Task<TokenRow> TokenAsync()
    {
        var request = new NewTokenRequest(Unique("token"), null, ["vpc:read"]);
        var made = Must(await Do<CreateToken>().ExecuteAsync(_actor, request, Ct));
        made.Value.Dispose();
        return made.Token;
    }

    private async Task<MemberRow> MemberAsync()
    {
        var email = $"{Unique("member")}@demo.test";
        await AddMemberAsync(email, TeamRole.Member);
        var page = new PageRequest { Search = email };
        return Assert.Single(Must(await Do<ListMembers>().ExecuteAsync(Panel.Owner, page, Ct)).Items);
    }

    private async Task<WebhookRow> WebhookAsync()
    {
        await RemoveWebhooksAsync();
        var input = new WebhookInput("https://hooks.example.com/hook", [WebhookEvents.KeySuspended]);
        var made = Must(await Do<CreateWebhook>().ExecuteAsync(Panel.Owner, input, Ct));
        made.Secret.Dispose();
        return made.Webhook;
    }

    // A team has few of them.
    private async Task RemoveWebhooksAsync()
    {
        var page = new PageRequest(Take: 200);
        foreach (var row in Must(await Do<ListWebhooks>().ExecuteAsync(Panel.Owner, page, Ct)).Items)
        {
            Must(await Do<RemoveWebhook>().ExecuteAsync(Panel.Owner, row.Id, Ct));
        }
    }

    private async Task<Guid> KeyIdAsync(string name)
    {
        await using var db = Do<IControlPanelStore>().OpenRead();
        return await db.AccessKeys.Where(k => k.Name == name).Select(k => k.Id).SingleAsync(Ct);
    }

    private Task AddMemberAsync(string email, TeamRole role) =>
        WriteAsync(async db =>
        {
            var now = Do<TimeProvider>().GetUtcNow();
            var person = People.New(email, now, new SystemSecretSource());
            db.Users.Add(person);
            await db.SaveChangesAsync(Ct);
            db.Memberships.Add(
                new Membership
                {
                    TeamId = Panel.Owner.TeamId,
                    UserId = person.Id,
                    Role = role,
                    JoinedAt = now,
                }
            );
        });

    // Without a tick of the change clock: no page hears of it before the click.
    private Task LoseAsync(Loss loss) =>
        WriteAsync(db =>
        {
            var now = Do<TimeProvider>().GetUtcNow();
            var place = db.Memberships.Where(m => m.UserId == _actor.UserId && m.TeamId == _actor.TeamId);
            return loss switch
            {
                Loss.Demoted => place.ExecuteUpdateAsync(s => s.SetProperty(m => m.Role, TeamRole.BillingViewer), Ct),
                Loss.Removed => place.ExecuteUpdateAsync(s => s.SetProperty(m => m.RemovedAt, now), Ct),
                Loss.SessionEnded => db
                    .Sessions.Where(s => s.Id == _actor.SessionId)
                    .ExecuteUpdateAsync(s => s.SetProperty(m => m.EndedAt, now), Ct),
                _ => Task.CompletedTask,
            };
        });

    // The rule holds for everybody: the other cases share the team.
    private Task EndRuleAsync() =>
        WriteAsync(db => db.Teams.ExecuteUpdateAsync(s => s.SetProperty(t => t.RequiresTwoFactor, false), Ct));

    private async Task WriteAsync(Func<ControlPanelDb, Task> write)
    {
        await using var transaction = await Do<IControlPanelStore>().BeginWriteAsync(Ct);
        await write(transaction.Db);
        await transaction.CommitAsync(Ct);
    }

    private async Task<long> LastEntryAsync()
    {
        await using var db = Do<IControlPanelStore>().OpenRead();
        return await db.AuditEntries.MaxAsync(e => e.Sequence, Ct);
    }

    private async Task<List<AuditEntry>> EntriesAsync(long after)
    {
        await using var db = Do<IControlPanelStore>().OpenRead();
        // A page that heard of the end of its session before the click has nobody to name any more.
        return await db
            .AuditEntries.Where(e => e.Sequence > after && (e.ActorId == _actor.UserId || e.ActorId == null))
            .ToListAsync(Ct);
    }

    /// <summary>
    /// Every row of the store but the journals and what background work writes by itself: uses, notices, attempts to
    /// deliver, nodes, clocks.
    /// </summary>
    private async Task<string> StateAsync()
    {
        Type[] others =
        [
            typeof(AuditEntry),
            typeof(AuditAnchor),
            typeof(ChangeClock),
            typeof(PersonSession),
            typeof(KeyUsage),
            typeof(KeyUsageHour),
            typeof(KeyCaller),
            typeof(KeyNeed),
            typeof(RefusedUse),
            typeof(ExpirationMark),
            typeof(ExpirationNotice),
            typeof(VerifyingNode),
        ];
        await using var db = Do<IControlPanelStore>().OpenRead();
        var connection = db.Database.GetDbConnection();
        await db.Database.OpenConnectionAsync(Ct);
        var state = new StringBuilder();
        foreach (var entity in db.Model.GetEntityTypes().Where(e => !others.Contains(e.ClrType)))
        {
            if (entity.GetTableName() is not { } table || entity.IsOwned())
            {
                continue;
            }

            await using var command = connection.CreateCommand();
            command.CommandText = $"select * from \"{table}\" order by 1, 2";
            await using var rows = await command.ExecuteReaderAsync(Ct);
            while (await rows.ReadAsync(Ct))
            {
                state.Append(table);
                for (var i = 0; i < rows.FieldCount; i++)
                {
                    var column = rows.GetName(i);
                    if (
                        entity.ClrType == typeof(WebhookDelivery)
                            ? column == "id"
                            : column != "failing_since" && !column.StartsWith("last_", StringComparison.Ordinal)
                    )
                    {
                        var value = rows.GetValue(i);
                        state.Append('|').Append(value is byte[] bytes ? Convert.ToHexString(bytes) : value);
                    }
                }

                state.Append('\n');
            }
        }

        return state.ToString();
    }
}
