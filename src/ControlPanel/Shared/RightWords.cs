using ControlPanel.Data.Model;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Shared;

/// <summary>The rights of keys, and what their use says about them, in the words of the console.</summary>
public static class RightWords
{
    /// <summary>What a right is about.</summary>
    public static string Resource(KeyFamily family, RightChange right) =>
        right.Resource.Length > 0 ? right.Resource
        : (right.Present ?? right.Needed) == KeyNeed.Batch ? "Batch inferencing"
        : family switch
        {
            KeyFamily.Spaces => "All buckets",
            KeyFamily.Inference => "All models",
            _ => "All scopes",
        };

    /// <summary>A right as a cell says it.</summary>
    public static string Permission(string permission) =>
        permission switch
        {
            SpacesGrant.Read => "Read",
            SpacesGrant.ReadWrite => "Read/Write/Delete",
            SpacesGrant.FullAccess => "Full access",
            KeyNeed.Use or KeyNeed.All => "Allowed",
            KeyNeed.Batch => "On",
            KeyNeed.Scope => "Granted",
            LeastPrivilege.Required => "Comes along",
            KeyScope.Api.WriteAlias => "Full Access",
            KeyScope.Api.ReadAlias => "Read Only",
            _ => permission,
        };

    /// <summary>What the key would be able to do, as a sentence.</summary>
    public static string Summary(KeyFamily family, Narrowing.Proposal proposal)
    {
        var rights = proposal
            .Rights.Where(r => r.Needed is not null)
            .Select(r =>
                family switch
                {
                    KeyFamily.Spaces => $"{Resource(family, r)}: {Permission(r.Needed!)}",
                    KeyFamily.Inference when r.Resource.Length == 0 => "all models, without batch inferencing",
                    KeyFamily.Api when r.Resource.Length == 0 => Permission(r.Needed!),
                    _ => r.Resource,
                }
            );
        return $"It may use {string.Join(", ", rights)}, and nothing else.";
    }

    /// <summary>What was seen, as a sentence.</summary>
    public static string Headline(KeyFamily family, Narrowing.Proposal proposal)
    {
        var (used, of) = (proposal.Used, proposal.Of);
        var broad = proposal.Rights.FirstOrDefault(r => r.Resource.Length == 0 && r.Present is not null);
        return family switch
        {
            KeyFamily.Inference when used == 0 => "In 30 days this key used no batch inferencing.",
            KeyFamily.Inference when broad is not null =>
                $"In 30 days this key called {used} of the {Count(of, "model")} in the catalogue. It may call all of them.",
            KeyFamily.Inference => $"In 30 days this key called {used} of its {Count(of, "model")}.",
            KeyFamily.Spaces when broad is not null =>
                $"In 30 days this key used {used} of the team's {Count(of, "bucket")}, and changed no settings. It has full access.",
            KeyFamily.Spaces when used == of =>
                $"In 30 days this key used {(of == 1 ? "its bucket" : $"all of its {of} buckets")}, but not all it may do there.",
            KeyFamily.Spaces => $"In 30 days this key used {used} of its {Count(of, "bucket")}.",
            _ when broad?.Present == KeyScope.Api.WriteAlias =>
                $"In 30 days this token used {Count(used, "scope")}. It has full access.",
            _ when broad is not null => $"In 30 days this token used {Count(used, "scope")}. It may read everything.",
            _ => $"In 30 days this token used {used} of its {Count(of, "scope")}.",
        };
    }

    /// <summary>Why nothing is proposed, as a sentence.</summary>
    public static string Explain(KeyFamily family, Narrowing narrowing) =>
        narrowing switch
        {
            Narrowing.NotInForce => "The key is not in force, so nobody calls with it.",
            Narrowing.NotYet n =>
                $"Not known yet: what the key needs shows after 30 days of use. {Count(n.Days, "more day")} to go.",
            Narrowing.Unneeded =>
                "In 30 days nothing that this key may do was needed. Revoke it rather than narrow it.",
            Narrowing.Fits => "Nothing to take away: in 30 days this key used all that it may do.",
            Narrowing.NeedsAll n => Explain(family, n),
            _ => "",
        };

    private static string Explain(KeyFamily family, Narrowing.NeedsAll narrowing)
    {
        var what = string.Join(", ", narrowing.What);
        return narrowing.Why switch
        {
            BroadNeed.BucketSettings =>
                $"It needs full access: within 30 days it changed buckets or their settings{(what.Length > 0 ? $" ({what})" : "")}, which no limited key may.",
            BroadNeed.ListsBuckets =>
                "It needs full access: within 30 days it listed the buckets, and a limited key sees only those it is granted.",
            BroadNeed.UnknownBuckets =>
                $"It used buckets that are not among the team's, so that nobody can grant them: {what}.",
            BroadNeed.Batch =>
                "It needs all models: within 30 days it used batch inferencing, which no key for chosen models may.",
            BroadNeed.UnnamedModels =>
                "It needs all models: within 30 days it made calls that name none or several, or that came through a proxy which does not show them.",
            BroadNeed.UnknownModels =>
                $"It called models that are not in the catalogue, so that nobody can choose them: {what}.",
            BroadNeed.TokenCallsModels =>
                "It needs full access: within 30 days it called models, which only tokens with full access may.",
            BroadNeed.UnlistedScopes => $"It used scopes that cannot be chosen one by one: {what}.",
            _ => family switch
            {
                KeyFamily.Spaces => "It used more different buckets than a limited key can be granted.",
                _ => "It used more different things than are kept of one key.",
            },
        };
    }

    private static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";
}
