namespace ControlPanel.Data.Operations;

/// <summary>Every operation of the product; also what the authorization matrix of the tests is generated from.</summary>
public static class OperationCatalog
{
    /// <summary>The operation types, by name.</summary>
    public static IReadOnlyList<Type> Types { get; } =
    [
        .. typeof(OperationCatalog)
            .Assembly.GetTypes()
            .Where(t =>
                t is { IsClass: true, IsSealed: true, IsAbstract: false, IsPublic: true }
                && t.Namespace?.StartsWith("ControlPanel.Data.Operations.", StringComparison.Ordinal) == true
                && t.GetMethod("ExecuteAsync") is not null
            )
            .OrderBy(t => t.FullName, StringComparer.Ordinal),
    ];
}
