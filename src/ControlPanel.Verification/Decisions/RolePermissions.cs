using ControlPanel.Verification.Keys;

namespace ControlPanel.Verification.Decisions;

/// <summary>
/// What each role may do, in the words of the scopes (<c>resource:action</c>). The one table behind pages, API and
/// verification (contract 5.4): a token's rights are its scopes ∩ this table for its owner's current role.
/// </summary>
public static class RolePermissions
{
    /// <summary>Whether the role carries the permission. Unknown resources follow the row "shared resources".</summary>
    public static bool Allows(TeamRole role, string permission)
    {
        var colon = permission.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0)
        {
            return false;
        }

        var resource = permission.AsSpan(0, colon);
        var action = permission.AsSpan(colon + 1);
        if (resource is "account" or "regions" or "sizes" or "actions")
        {
            return action is "read" || role == TeamRole.Owner;
        }

        if (resource is "billing")
        {
            return role is TeamRole.Owner or TeamRole.Biller || (role == TeamRole.BillingViewer && action is "read");
        }

        if (resource is "team")
        {
            return role == TeamRole.Owner
                || (action is "read" && role is (TeamRole.Member or TeamRole.Modifier or TeamRole.ResourceViewer));
        }

        // Reading shows owners everything and others what they did themselves; verifying the log is the owners'.
        if (resource is "activity")
        {
            return role == TeamRole.Owner
                || (action is "read" && role is (TeamRole.Member or TeamRole.Modifier or TeamRole.ResourceViewer));
        }

        // Networks, the model catalogue and the stores behind buckets bound what keys can reach: owners manage them,
        // everybody may choose from them.
        if (resource is "vpc" or "model_catalog" or "spaces_upstream")
        {
            return role == TeamRole.Owner
                || (action is "read" && role is (TeamRole.Member or TeamRole.Modifier or TeamRole.ResourceViewer));
        }

        // A person's own tokens: whoever may use shared resources may hold tokens for them, read-only roles included.
        if (resource is "tokens")
        {
            return role is TeamRole.Owner or TeamRole.Member or TeamRole.Modifier or TeamRole.ResourceViewer;
        }

        return role switch
        {
            TeamRole.Owner or TeamRole.Member => true,
            TeamRole.Modifier => action is not "delete",
            TeamRole.ResourceViewer => action is "read",
            TeamRole.Biller or TeamRole.BillingViewer => false,
            _ => false,
        };
    }
}
