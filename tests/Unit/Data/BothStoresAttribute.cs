using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>The databases that the store runs on.</summary>
public enum StoreKind
{
    Sqlite,
    Postgres,
}

/// <summary>
/// Gives a theory each database, once or for each of the given values. Without PostgreSQL its half is skipped and says
/// why.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BothStoresAttribute(params object[] values) : DataAttribute
{
    /// <summary>The values that the test runs with on each database.</summary>
    public IReadOnlyList<object> Values { get; } = values;

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
        MethodInfo testMethod,
        DisposalTracker disposalTracker
    )
    {
        var rows =
            from kind in Enum.GetValues<StoreKind>()
            from value in Values.Count == 0 ? [null] : (IReadOnlyList<object?>)Values
            select (ITheoryDataRow)
                new TheoryDataRow(value is null ? [kind] : [kind, value])
                {
                    Skip =
                        kind == StoreKind.Postgres && PostgresCluster.Programs is null
                            ? PostgresCluster.NotInstalled
                            : null,
                };
        return ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>([.. rows]);
    }

    public override bool SupportsDiscoveryEnumeration() => true;
}
