using System.Reflection;
using System.Reflection.Emit;
using ControlPanel.Data.Operations;
using ControlPanel.Verification.Decisions;

namespace ControlPanel.Tests.Unit.Architecture;

/// <summary>The one direction of dependencies, read from the compiled code: signatures, fields and every instruction.</summary>
public sealed class DependencyTests
{
    private const BindingFlags All =
        BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    private static readonly string[] s_rooms = ["Features", "Account", "Api", "Gateways"];

    private static readonly Dictionary<short, OpCode> s_opCodes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!)
        .ToDictionary(o => o.Value);

    private static readonly (Type From, Type To)[] s_references = [.. Read(typeof(ControlPanelApp).Assembly)];

    [Fact]
    public void The_engine_knows_nothing_but_the_base_class_library()
    {
        var known = typeof(Verifier).Assembly.GetReferencedAssemblies().Select(a => a.Name!).ToArray();
        Assert.All(known, n => Assert.StartsWith("System.", n, StringComparison.Ordinal));
    }

    [Fact]
    public void The_store_knows_the_engine_and_never_the_web()
    {
        var known = typeof(OperationRunner).Assembly.GetReferencedAssemblies().Select(a => a.Name!).ToArray();
        Assert.Contains("ControlPanel.Verification", known);
        Assert.DoesNotContain("ControlPanel", known);
        Assert.DoesNotContain(known, n => n.StartsWith("Microsoft.AspNetCore.Components", StringComparison.Ordinal));
    }

    [Fact]
    public void Rooms_of_the_web_project_do_not_know_each_other()
    {
        var broken = s_references
            .Select(r => (r.From, r.To, FromRoom: RoomOf(r.From), ToRoom: RoomOf(r.To)))
            .Where(r => r.FromRoom is not null && r.ToRoom is not null && r.FromRoom != r.ToRoom)
            .Select(r => $"{r.From.FullName} -> {r.To.FullName}")
            .Distinct(StringComparer.Ordinal);
        Assert.Empty(broken);
    }

    [Fact]
    public void Gateways_decide_by_the_engine_and_the_snapshots_never_by_operations_or_the_store()
    {
        var broken = s_references
            .Where(r =>
                RoomOf(r.From) == "Gateways"
                && (
                    IsIn(r.To, "ControlPanel.Data.Operations")
                    || IsIn(r.To, "ControlPanel.Data.Model")
                    || IsIn(r.To, "ControlPanel.Data.Providers")
                )
            )
            .Select(r => $"{r.From.FullName} -> {r.To.FullName}")
            .Distinct(StringComparer.Ordinal);
        Assert.Empty(broken);
    }

    [Fact]
    public void What_rooms_share_knows_no_room()
    {
        var broken = s_references
            .Where(r => IsIn(r.From, "ControlPanel.Shared") && RoomOf(r.To) is not null)
            .Select(r => $"{r.From.FullName} -> {r.To.FullName}")
            .Distinct(StringComparer.Ordinal);
        Assert.Empty(broken);
    }

    [Fact]
    public void The_reader_of_references_sees_calls_inside_of_methods()
    {
        // The program's start is where the rooms meet: were these not seen, the tests above would see nothing either.
        var met = s_references
            .Where(r => Outermost(r.From) == typeof(ControlPanelApp))
            .Select(r => RoomOf(r.To))
            .Where(r => r is not null);
        Assert.Equal(s_rooms.Order(StringComparer.Ordinal), met.Distinct().Order(StringComparer.Ordinal));
    }

    private static string? RoomOf(Type type) => s_rooms.FirstOrDefault(r => IsIn(type, $"ControlPanel.{r}"));

    private static bool IsIn(Type type, string place) =>
        Outermost(type).Namespace is { } name
        && (name == place || name.StartsWith(place + ".", StringComparison.Ordinal));

    private static Type Outermost(Type type)
    {
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return type;
    }

    private static IEnumerable<(Type From, Type To)> Read(Assembly assembly)
    {
        foreach (var type in assembly.GetTypes())
        {
            var seen = new HashSet<Type>();
            foreach (var named in Signatures(type).SelectMany(Parts))
            {
                seen.Add(named);
            }

            foreach (var method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
            {
                seen.UnionWith(Instructions(method).SelectMany(Parts));
            }

            foreach (var to in seen)
            {
                yield return (type, to);
            }
        }
    }

    private static IEnumerable<Type> Signatures(Type type)
    {
        if (type.BaseType is { } parent)
        {
            yield return parent;
        }

        foreach (var contract in type.GetInterfaces())
        {
            yield return contract;
        }

        foreach (var field in type.GetFields(All))
        {
            yield return field.FieldType;
        }

        foreach (var method in type.GetMethods(All))
        {
            yield return method.ReturnType;
        }

        foreach (var method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
        {
            foreach (var parameter in method.GetParameters())
            {
                yield return parameter.ParameterType;
            }
        }
    }

    // A generic type, and what it was made with.
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
        {
            return Parts(type.GetElementType()!);
        }

        return type.IsGenericType
            ? type.GetGenericArguments().SelectMany(Parts).Prepend(type.GetGenericTypeDefinition())
            : [type];
    }

    private static IEnumerable<Type> Instructions(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
        {
            yield break;
        }

        var ofType = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length; )
        {
            var value = code[at] == 0xFE ? unchecked((short)(0xFE00 | code[at + 1])) : code[at];
            var operation = s_opCodes[value];
            at += operation.Size;
            switch (operation.OperandType)
            {
                case OperandType.InlineMethod
                or OperandType.InlineField
                or OperandType.InlineType
                or OperandType.InlineTok:
                    var member = method.Module.ResolveMember(BitConverter.ToInt32(code, at), ofType, ofMethod)!;
                    if ((member as Type ?? member.DeclaringType) is { } named)
                    {
                        yield return named;
                    }

                    foreach (var argument in (member as MethodInfo)?.GetGenericArguments() ?? [])
                    {
                        yield return argument;
                    }

                    at += 4;
                    break;
                case OperandType.InlineSwitch:
                    at += 4 + (4 * BitConverter.ToInt32(code, at));
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    at += 1;
                    break;
                case OperandType.InlineVar:
                    at += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    at += 8;
                    break;
                default:
                    at += 4;
                    break;
            }
        }
    }
}
