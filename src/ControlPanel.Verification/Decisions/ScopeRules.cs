using ControlPanel.Verification.Keys;

namespace ControlPanel.Verification.Decisions;

/// <summary>Whether a key covers what is asked: one method for each family, nothing else knows these rules.</summary>
internal static class ScopeRules
{
    // Calling a model makes something and costs money: the permission that making an inference resource needs.
    private const string ModelCall = "genai:create";

    public static DenialReason Check(KeyRecord key, in AccessRequest request, DecisionTrace? trace) =>
        (key.Scope, request.Family) switch
        {
            (KeyScope.Namespace scope, KeyFamily.Functions) => Functions(scope, request, trace),
            (KeyScope.Buckets scope, KeyFamily.Spaces) => Spaces(scope, request, trace),
            (KeyScope.Models scope, KeyFamily.Inference) => Inference(scope, request, trace),
            (KeyScope.Api scope, KeyFamily.Inference) => InferenceByToken(scope, key, trace),
            (KeyScope.Api scope, KeyFamily.Api) => Api(scope, key, request, trace),
            _ => Refuse(DenialReason.WrongKind, trace, "The key's scope is of another family."),
        };

    private static DenialReason Functions(KeyScope.Namespace scope, in AccessRequest request, DecisionTrace? trace)
    {
        if (request.Namespace is null || string.Equals(request.Namespace, scope.NamespaceId, StringComparison.Ordinal))
        {
            trace?.Pass(Decisions.Check.Scope, $"It is a key of namespace {scope.NamespaceId}.");
            return DenialReason.None;
        }

        trace?.Fail(
            Decisions.Check.Scope,
            $"It is a key of namespace {scope.NamespaceId}, not of {request.Namespace}."
        );
        return DenialReason.OtherNamespace;
    }

    private static DenialReason Spaces(KeyScope.Buckets scope, in AccessRequest request, DecisionTrace? trace)
    {
        // No bucket: a request of the service. Listing is open to every key (the gateway filters the list); anything
        // else there needs full access.
        var granted =
            request.Bucket is { } bucket ? scope.On(bucket)
            : scope.FullAccess ? BucketRight.FullAccess
            : BucketRight.Read;
        if (granted < request.Right || granted == BucketRight.None)
        {
            trace?.Fail(
                Decisions.Check.Scope,
                $"It needs {request.Right} on {request.Bucket ?? "all buckets"}; the key has {granted}."
            );
            return DenialReason.BucketNotGranted;
        }

        if (request.SourceBucket is { } source && scope.On(source) < request.SourceRight)
        {
            trace?.Fail(Decisions.Check.Scope, $"It needs {request.SourceRight} on its source {source}.");
            return DenialReason.BucketNotGranted;
        }

        trace?.Pass(Decisions.Check.Scope, $"It has {granted} on {request.Bucket ?? "the service"}.");
        return DenialReason.None;
    }

    private static DenialReason Inference(KeyScope.Models scope, in AccessRequest request, DecisionTrace? trace)
    {
        var denied = request.Endpoint switch
        {
            InferenceEndpoint.Catalogue => DenialReason.None,
            InferenceEndpoint.Model when request.Model is { } model => scope.Allows(model)
                ? DenialReason.None
                : DenialReason.ModelNotAllowed,
            InferenceEndpoint.Batch => scope is { Batch: true, Ids: null }
                ? DenialReason.None
                : DenialReason.BatchNotAllowed,
            _ => scope.Ids is null ? DenialReason.None : DenialReason.NotCovered,
        };
        if (denied != DenialReason.None)
        {
            trace?.Fail(
                Decisions.Check.Scope,
                $"The key does not cover {request.Endpoint} {request.Model}".TrimEnd() + "."
            );
            return denied;
        }

        trace?.Pass(Decisions.Check.Scope, "The key covers the endpoint and the model.");
        if (scope.Network is not { } network)
        {
            trace?.Pass(Decisions.Check.Network, "The key is not tied to a network.");
            return DenialReason.None;
        }

        if (network.Contains(request.Source))
        {
            trace?.Pass(Decisions.Check.Network, $"{request.Source} lies in {network}.");
            return DenialReason.None;
        }

        trace?.Fail(Decisions.Check.Network, $"{request.Source} does not lie in {network}.");
        return DenialReason.OutsideNetwork;
    }

    private static DenialReason InferenceByToken(KeyScope.Api scope, KeyRecord key, DecisionTrace? trace)
    {
        if (!scope.IsFull)
        {
            return Refuse(DenialReason.ScopeMissing, trace, "Only tokens with full access may call models.");
        }

        // A token is worth its scopes within its owner's role (contract 5.4): a viewer's Full Access is not full.
        if (key.Owner is not { } owner || !RolePermissions.Allows(owner.Role, ModelCall))
        {
            return Refuse(DenialReason.RoleInsufficient, trace, "Its owner's role does not carry calling models.");
        }

        trace?.Pass(Decisions.Check.Scope, "The token has full access.");
        return DenialReason.None;
    }

    private static DenialReason Api(KeyScope.Api scope, KeyRecord key, in AccessRequest request, DecisionTrace? trace)
    {
        // By index: an enumerator of the interface would be the only allocation on the way to "allowed".
        var scopes = request.Scopes;
        for (var i = 0; i < (scopes?.Count ?? 0); i++)
        {
            var needed = scopes![i];
            if (!scope.Holds(needed))
            {
                trace?.Fail(Decisions.Check.Scope, $"The token does not hold {needed}.");
                return DenialReason.ScopeMissing;
            }

            if (key.Owner is not { } owner || !RolePermissions.Allows(owner.Role, needed))
            {
                trace?.Fail(Decisions.Check.Scope, $"Its owner's role does not carry {needed}.");
                return DenialReason.RoleInsufficient;
            }
        }

        trace?.Pass(Decisions.Check.Scope, "The token holds every scope that is needed.");
        return DenialReason.None;
    }

    private static DenialReason Refuse(DenialReason reason, DecisionTrace? trace, string detail)
    {
        trace?.Fail(Decisions.Check.Scope, detail);
        return reason;
    }
}
