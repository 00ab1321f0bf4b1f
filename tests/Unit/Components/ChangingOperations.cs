using System.Reflection;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Providers;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Tests.Unit.Components;

/// <summary>
/// Which operations change something, read from their compiled code: those that begin a writing transaction. And which
/// components hold them.
/// </summary>
internal static class ChangingOperations
{
    private static readonly HashSet<string> s_begin =
    [
        $"{nameof(OperationRunner)}.ChangeAsync",
        $"{nameof(OperationRunner)}.ChangeWithVersionAsync",
        $"{nameof(OwnAccountRunner)}.ChangeAsync",
        $"{nameof(IControlPanelStore)}.{nameof(IControlPanelStore.BeginWriteAsync)}",
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlySet<Type> All { get; } = OperationCatalog.Types.Where(Changes).ToHashSet();

    /// <summary>Every component with every such operation that is injected into it.</summary>
    public static IEnumerable<(Type Component, Type Operation)> InComponents { get; } =
    [
        .. typeof(ControlPanelApp)
            .Assembly.GetTypes()
            .Where(t => typeof(IComponent).IsAssignableFrom(t) && !t.IsAbstract)
            .SelectMany(t =>
                t.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                    .Where(p => p.IsDefined(typeof(InjectAttribute)) && All.Contains(p.PropertyType))
                    .Select(p => (t, p.PropertyType))
            )
            .Distinct(),
    ];

    private static bool Changes(Type operation) =>
        BodiesOf(operation).SelectMany(CallsIn).Any(s_begin.Contains)
        || operation
            .GetConstructors()
            .SelectMany(c => c.GetParameters())
            .Any(p => OperationCatalog.Types.Contains(p.ParameterType) && Changes(p.ParameterType));

    // What the compiler makes of lambdas and async methods stands in nested types.
    private static IEnumerable<MethodBase> BodiesOf(Type type) =>
        type.GetMethods(
                BindingFlags.Instance
                    | BindingFlags.Static
                    | BindingFlags.Public
                    | BindingFlags.NonPublic
                    | BindingFlags.DeclaredOnly
            )
            .Concat(type.GetNestedTypes(BindingFlags.NonPublic | BindingFlags.Public).SelectMany(BodiesOf));

    // Every place in the code that could be a call's token is tried: one that is none by chance resolves to nothing known.
    private static IEnumerable<string> CallsIn(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
        {
            yield break;
        }

        for (var i = 0; i + 4 < code.Length; i++)
        {
            // call and callvirt (ECMA-335 partition III, 3.19 and 4.2).
            if (code[i] is 0x28 or 0x6F && Resolve(method, BitConverter.ToInt32(code, i + 1)) is { } called)
            {
                yield return $"{called.DeclaringType?.Name}.{called.Name}";
            }
        }
    }

    private static MethodBase? Resolve(MethodBase method, int token)
    {
        try
        {
            return method.Module.ResolveMethod(
                token,
                method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null,
                method.IsGenericMethod ? method.GetGenericArguments() : null
            );
        }
        catch (Exception e) when (e is ArgumentException or BadImageFormatException)
        {
            return null;
        }
    }
}
